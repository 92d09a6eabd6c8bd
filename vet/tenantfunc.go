package vet

import (
	"go/ast"
	"go/types"
)

// tenantFunc notes the transaction of a provision.TenantFunc, which WithTenant and ForEachTenant call as the
// administrator, outside the guard. Its parameters tell it from other functions.
func (f inflow) tenantFunc(t *ast.FuncType) {
	var params []*ast.Ident
	for _, field := range t.Params.List {
		params = append(params, field.Names...)
	}
	if len(params) != 3 {
		return
	}
	tx, tenant := f.info.Defs[params[1]], f.info.Defs[params[2]]
	if tx == nil || tenant == nil {
		return
	}
	if pointer, ok := tx.Type().(*types.Pointer); ok &&
		isNamed(pointer.Elem(), standardPath, "Tx") && isNamed(tenant.Type(), provisionPath, "Tenant") {
		f.admins[tx] = true
	}
}

func isNamed(t types.Type, path, name string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == path && n.Obj().Name() == name
}
