package scope

import "context"

// key is the context key; its type is unexported so that nothing else can set the value.
type key struct{}

// With returns a context that carries a copy of uc. It does not validate: [From] does, at each use.
func With(ctx context.Context, uc UserContext) context.Context {
	return context.WithValue(ctx, key{}, uc.clone())
}

// From returns a copy of the UserContext that ctx carries. The error matches [ErrNoUserContext] when there is none and
// [ErrInvalidUserContext] when it is not valid. There is no fallback: no environment variable, no global, no default.
func From(ctx context.Context) (UserContext, error) {
	uc, ok := ctx.Value(key{}).(UserContext)
	if !ok {
		return UserContext{}, ErrNoUserContext
	}
	if err := uc.Validate(); err != nil {
		return UserContext{}, err
	}
	return uc.clone(), nil
}
