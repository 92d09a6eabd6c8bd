package driver

// CleanupDone returns a channel that is closed when nothing of a broken connection is left, on the server either; at once for
// one that is not broken. Programs that end soon wait for it, through sql.Conn.Raw: a context that ends lets the call
// return at once, while pgx tells the server in the background, and the statement of a process that is gone before that
// goes on.
func (c *conn) CleanupDone() <-chan struct{} {
	if pc := pgConn(c.inner); pc != nil && pc.IsClosed() {
		return pc.CleanupDone()
	}
	done := make(chan struct{})
	close(done)
	return done
}
