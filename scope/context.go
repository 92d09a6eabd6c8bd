package scope

import "context"

// key is the context key; its type is unexported so that nothing else can set the value.
type key struct{}

// carried is the value: a UserContext, and whether an outer one names another tenant.
type carried struct {
	UserContext
	conflict bool
}

// With returns a context that carries a copy of uc. It does not validate: [From] does, at each use.
//
// A tenant is not switched by accident: over a context of another tenant, every use of the result fails with an error
// that matches [ErrTenantMismatch]. Work for several tenants begins at a context without one. Another user of the same
// tenant may replace the first.
func With(ctx context.Context, uc UserContext) context.Context {
	outer, _ := ctx.Value(key{}).(carried)
	conflict := outer.conflict || outer.TenantID != "" && outer.TenantID != uc.TenantID
	return context.WithValue(ctx, key{}, carried{uc.clone(), conflict})
}

// From returns a copy of the UserContext that ctx carries. The error matches [ErrNoUserContext] when there is none,
// [ErrInvalidUserContext] when it is not valid, and [ErrTenantMismatch] when [With] was called over a context of
// another tenant. There is no fallback: no environment variable, no global, no default.
func From(ctx context.Context) (UserContext, error) {
	uc, ok := ctx.Value(key{}).(carried)
	if !ok {
		return UserContext{}, missing(ctx)
	}
	if uc.conflict {
		return UserContext{}, errSwitched
	}
	if err := uc.Validate(); err != nil {
		return UserContext{}, err
	}
	return uc.UserContext.clone(), nil
}

// ginKey is the key under which a *gin.Context, from gin 1.7 on, returns itself, wrapped in other contexts or not
// (gin.ContextKey).
const ginKey = "_gin-gonic/gin/contextkey"

// missing says why ctx has no UserContext. A *gin.Context does not look into its request unless gin's
// ContextWithFallback is set, so there may be one that cannot be seen.
func missing(ctx context.Context) error {
	if ctx.Value(ginKey) != nil {
		return errGin
	}
	return ErrNoUserContext
}
