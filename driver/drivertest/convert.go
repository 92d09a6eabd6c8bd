package drivertest

import (
	sqldriver "database/sql/driver"
	"fmt"
	"reflect"
)

// ValueConverter converts arguments for a mock, and what WithArgs expects, so that the two compare as the program
// wrote them. What every driver takes becomes what sqlmock makes of it, such as int64 of an int or what a
// driver.Valuer returns. Slices, arrays, maps and structs stay as they are: pgx takes them, for PostgreSQL's arrays
// and jsonb. Refused are functions, channels and the like, and what a Valuer refuses.
//
// [New]'s mock has it. For a mock of your own:
//
//	sqlmock.New(sqlmock.ValueConverterOption(drivertest.ValueConverter))
var ValueConverter sqldriver.ValueConverter = converter{}

type converter struct{}

func (c converter) ConvertValue(v any) (sqldriver.Value, error) {
	if rows, ok := v.([][]any); ok {
		return c.convertRows(rows)
	}
	value, err := sqldriver.DefaultParameterConverter.ConvertValue(v)
	if err == nil {
		return value, nil
	}
	if _, ok := v.(sqldriver.Valuer); ok {
		return nil, err
	}
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Pointer:
		return c.ConvertValue(rv.Elem().Interface())
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		return nil, err
	}
	return v, nil
}

// convertRows converts each value of the rows of a CopyFrom.
func (c converter) convertRows(rows [][]any) (sqldriver.Value, error) {
	converted := make([][]any, len(rows))
	for i, row := range rows {
		converted[i] = make([]any, len(row))
		for j, v := range row {
			var err error
			if converted[i][j], err = c.ConvertValue(v); err != nil {
				return nil, fmt.Errorf("row %d, column %d: %w", i+1, j+1, err)
			}
		}
	}
	return converted, nil
}

// CheckNamedValue is called for each argument. A mock with sqlmock's own converter refuses slices and the like.
func (c *conn) CheckNamedValue(v *sqldriver.NamedValue) error {
	given := v.Value
	err := c.mockConn.CheckNamedValue(v)
	if err == nil {
		return nil
	}
	_, theirs := sqldriver.DefaultParameterConverter.ConvertValue(given)
	if _, ours := ValueConverter.ConvertValue(given); ours == nil && theirs != nil && theirs.Error() == err.Error() {
		return fmt.Errorf("%w: make the mock with sqlmock.ValueConverterOption(drivertest.ValueConverter)", err)
	}
	return err
}
