package with

import (
	"context"
	"database/sql"

	"github.com/lib/pq"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"
)

// Gorm is a [Store] on GORM.
type Gorm struct{ db *gorm.DB }

// NewGorm gives GORM the handle. postgres.Open(dsn) would go around docex, which `docex vet` finds.
func NewGorm(_ context.Context, db *sql.DB) (Store, error) { return openGorm(db, &gorm.Config{}) }

// NewGormPrepared has GORM keep each text as a prepared statement. Each execution runs for the tenant of its context.
func NewGormPrepared(_ context.Context, db *sql.DB) (Store, error) {
	return openGorm(db, &gorm.Config{PrepareStmt: true})
}

func openGorm(db *sql.DB, config *gorm.Config) (Gorm, error) {
	config.NamingStrategy = schema.NamingStrategy{SingularTable: true}
	config.Logger = logger.Discard
	g, err := gorm.Open(postgres.New(postgres.Config{Conn: db}), config)
	return Gorm{g}, err
}

type gormAuthor struct {
	ID   int64
	Name string `gorm:"unique"`
}

func (gormAuthor) TableName() string { return "author" }

type gormDocument struct {
	ID       int64
	AuthorID int64
	Author   gormAuthor
	Title    string
	State    string
	Tags     pq.StringArray `gorm:"type:text[]"`
}

func (gormDocument) TableName() string { return "document" }

func (s Gorm) Add(ctx context.Context, author string, d Document) error {
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		a := gormAuthor{Name: author}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&a).Error; err != nil {
			return err
		}
		if err := tx.Where("name = ?", author).Take(&a).Error; err != nil {
			return err
		}
		return tx.Create(&gormDocument{AuthorID: a.ID, Title: d.Title, State: d.State, Tags: d.Tags}).Error
	})
}

func (s Gorm) Find(ctx context.Context, author, state string) (found []Document, err error) {
	var rows []gormDocument
	err = s.db.WithContext(ctx).Joins("Author").
		Where(`"Author".name = ? AND state = ?`, author, state).Order("title").Find(&rows).Error
	for _, r := range rows {
		found = append(found, Document{r.Title, r.State, r.Tags})
	}
	return found, err
}

func (s Gorm) Finish(ctx context.Context, author string, titles ...string) (int64, error) {
	db := s.db.WithContext(ctx)
	result := db.Model(&gormDocument{}).
		Where("author_id IN (?)", db.Model(&gormAuthor{}).Select("id").Where("name = ?", author)).
		Where("title IN ?", titles).Update("state", "final")
	return result.RowsAffected, result.Error
}

func (s Gorm) Steal(ctx context.Context) error {
	var n int64
	return s.db.WithContext(ctx).Table("tenant_globex.document").Count(&n).Error
}
