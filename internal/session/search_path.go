package session

// onPath compares search_path with what the pin has set, where the server reports it. It does so with the reply to the
// statement that has changed it. A trusted function can move it. Where there is no report it says true.
func (s *Session) onPath(path string) bool {
	if s.conn == nil || s.pins.local {
		return true
	}
	now := s.conn.PgConn().ParameterStatus("search_path")
	s.reported = s.reported || now != ""
	return !s.reported || now == path
}
