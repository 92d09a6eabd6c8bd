package web

import (
	"context"
	"net/http"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/docex/docex/scope"
	"github.com/docex/docex/scope/httpscope"
)

// enter returns a context with the caller's UserContext.
func (s sessions) enter(ctx context.Context) (context.Context, error) {
	token := strings.Join(metadata.ValueFromIncomingContext(ctx, "authorization"), " ")
	uc, err := s.user(strings.TrimPrefix(token, "Bearer "))
	if err != nil {
		return nil, err
	}
	ctx = scope.With(ctx, uc)
	_, err = scope.From(ctx) // a malformed UserContext is refused here
	return ctx, err
}

// unary is the interceptor of calls with one answer.
func (s sessions) unary(
	ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler,
) (any, error) {
	ctx, err := s.enter(ctx)
	if err != nil {
		return nil, grpcError(err)
	}
	answer, err := handler(ctx, request)
	return answer, grpcError(err)
}

// stream is the interceptor of the others.
func (s sessions) stream(server any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx, err := s.enter(ss.Context())
	if err != nil {
		return grpcError(err)
	}
	return grpcError(handler(server, tenantStream{ss, ctx}))
}

// tenantStream is a stream whose context has a UserContext.
type tenantStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (t tenantStream) Context() context.Context { return t.ctx }

// grpcCodes has what is neither OK nor Internal.
var grpcCodes = map[int]codes.Code{
	http.StatusBadRequest:               codes.InvalidArgument,
	http.StatusUnauthorized:             codes.Unauthenticated,
	http.StatusForbidden:                codes.PermissionDenied,
	httpscope.StatusClientClosedRequest: codes.Canceled,
	http.StatusServiceUnavailable:       codes.Unavailable,
	http.StatusGatewayTimeout:           codes.DeadlineExceeded,
}

// grpcError gives an error of docex's the code of its HTTP status, and none of its text. A status that a handler has
// made passes as it is.
func grpcError(err error) error {
	if _, made := status.FromError(err); made { // or nil
		return err
	}
	code, known := grpcCodes[httpscope.Status(err)]
	if !known {
		code = codes.Internal
	}
	return status.Error(code, code.String())
}
