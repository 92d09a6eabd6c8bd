package web

import (
	"context"
	"database/sql"
	"net"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// library is a service as generated code would register it, with a call of either kind.
type library struct{ db *sql.DB }

func (l library) list(ctx context.Context) (*wrapperspb.StringValue, error) {
	names, err := documents(ctx, l.db)
	if err != nil {
		return nil, err
	}
	return wrapperspb.String(strings.Join(names, " ")), nil
}

var libraryDesc = grpc.ServiceDesc{
	ServiceName: "Library",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{MethodName: "List", Handler: func(
		server any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor,
	) (any, error) {
		request := new(emptypb.Empty)
		if err := decode(request); err != nil {
			return nil, err
		}
		info := &grpc.UnaryServerInfo{Server: server, FullMethod: "/Library/List"}
		return interceptor(ctx, request, info, func(ctx context.Context, _ any) (any, error) {
			return server.(library).list(ctx)
		})
	}}},
	Streams: []grpc.StreamDesc{{StreamName: "Follow", ServerStreams: true, Handler: func(
		server any, stream grpc.ServerStream,
	) error {
		if err := stream.RecvMsg(new(emptypb.Empty)); err != nil {
			return err
		}
		answer, err := server.(library).list(stream.Context())
		if err != nil {
			return err
		}
		return stream.SendMsg(answer)
	}}},
}

func TestGRPC(t *testing.T) {
	t.Parallel()
	server := grpc.NewServer(grpc.UnaryInterceptor(users.unary), grpc.StreamInterceptor(users.stream))
	server.RegisterService(&libraryDesc, library{newWorld(t)})
	listener := bufconn.Listen(1 << 16)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	client, err := grpc.NewClient("passthrough:library", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]codes.Code{
		200: codes.OK, 400: codes.InvalidArgument, 401: codes.Unauthenticated, 403: codes.PermissionDenied,
	}
	for _, request := range requests {
		ctx := t.Context()
		if request.token != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+request.token)
		}
		for name, call := range map[string]func(context.Context, *grpc.ClientConn) (string, error){
			"unary": list, "stream": follow,
		} {
			got, err := call(ctx, client)
			if status.Code(err) != want[request.want] || got != request.body {
				t.Errorf("%s: %q: %q, %v, want %q, %v", name, request.token, got, err, request.body, want[request.want])
			}
			if err != nil && status.Convert(err).Message() != want[request.want].String() {
				t.Errorf("%s: %q: the answer says %v", name, request.token, err)
			}
		}
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	server.Stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func list(ctx context.Context, client *grpc.ClientConn) (string, error) {
	answer := new(wrapperspb.StringValue)
	err := client.Invoke(ctx, "/Library/List", new(emptypb.Empty), answer)
	return answer.GetValue(), err
}

func follow(ctx context.Context, client *grpc.ClientConn) (string, error) {
	stream, err := client.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/Library/Follow")
	if err != nil {
		return "", err
	}
	if err := stream.SendMsg(new(emptypb.Empty)); err != nil {
		return "", err
	}
	if err := stream.CloseSend(); err != nil {
		return "", err
	}
	answer := new(wrapperspb.StringValue)
	err = stream.RecvMsg(answer)
	return answer.GetValue(), err
}

// A status that a handler has made keeps its text, and an error of docex's loses it.
func TestGRPCError(t *testing.T) {
	made := status.Error(codes.NotFound, "no such document")
	if err := grpcError(made); err != made {
		t.Errorf("a status: %v", err)
	}
	if err := grpcError(nil); err != nil {
		t.Errorf("no error: %v", err)
	}
	for err, want := range map[error]codes.Code{
		context.Canceled: codes.Canceled, context.DeadlineExceeded: codes.DeadlineExceeded, sql.ErrTxDone: codes.Internal,
	} {
		if got := status.Convert(grpcError(err)); got.Code() != want || got.Message() != want.String() {
			t.Errorf("%v: %v", err, got)
		}
	}
}
