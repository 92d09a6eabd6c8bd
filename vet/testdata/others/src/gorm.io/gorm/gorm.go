// Package gorm has the names of GORM.
package gorm

func Open(dialector any) {}
