package dsnerr

import "testing"

func TestLastCauses(t *testing.T) {
	const head = "failed to connect to `user=app database=docs`:"
	for _, c := range []struct{ name, text, want string }{
		{"one cause on the line", head + " 10.0.0.1:5432 (db): tls error: server refused TLS connection",
			head + " 10.0.0.1:5432 (db): tls error: server refused TLS connection"},
		{"behind an attempt with TLS",
			head +
				"\n\t10.0.0.1:5432 (db): tls error: server refused TLS connection\n\t10.0.0.1:5432 (db): failed SASL auth: " +
				"FATAL: no",
			head + " 10.0.0.1:5432 (db): failed SASL auth: FATAL: no"},
		{"nothing but TLS on two hosts",
			head +
				"\n\t10.0.0.1:5432 (a): tls error: server refused TLS connection\n\t10.0.0.2:5432 (b): tls error: server " +
				"refused TLS connection",
			head +
				"\n\t10.0.0.1:5432 (a): tls error: server refused TLS connection\n\t10.0.0.2:5432 (b): tls error: server " +
				"refused TLS connection"},
		{"twice the same", head + "\n\t10.0.0.1:5432 (db): connection refused\n\t10.0.0.1:5432 (db): connection refused",
			head + " 10.0.0.1:5432 (db): connection refused"},
		{"the end of what was said",
			head + "\n\thostname resolving error: lookup db: no such host\n\tlookup db: no such host",
			head + " hostname resolving error: lookup db: no such host"},
		{"two hosts", head + "\n\t10.0.0.1:5432 (a): connection refused\n\t10.0.0.2:5432 (b): connection refused",
			head + "\n\t10.0.0.1:5432 (a): connection refused\n\t10.0.0.2:5432 (b): connection refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := lastCauses(c.text); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}
