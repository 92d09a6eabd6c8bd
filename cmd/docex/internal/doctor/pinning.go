package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// checkAppPooler compares what is between application and server with what the driver pins.
func checkAppPooler(ctx context.Context, d *doctor) ([]Finding, error) {
	pins, err := d.pinning(ctx)
	if err != nil {
		return nil, err
	}
	p, err := look(ctx, d.plain)
	if err != nil {
		return nil, err
	}
	d.unfit = cmp.Or(d.unfit, pins.unfit(p))
	return one(pins.behind(p))
}

// pinning is what the driver pins on a connection of the application's, and why, in its own words.
type pinning struct {
	session bool // otherwise each transaction
	why     string
}

func (d *doctor) pinning(ctx context.Context) (p pinning, err error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := d.guarded.Conn(ctx)
	if err != nil {
		return pinning{}, err
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		p, err = pinningOf(c)
		return err
	})
	return p, err
}

// pinningOf asks the driver's connection.
func pinningOf(c any) (pinning, error) {
	says, ok := c.(interface{ Pinning() (mode, why string) })
	if !ok {
		return pinning{}, errors.New("the driver does not tell what it pins")
	}
	mode, why := says.Pinning()
	switch mode {
	case "session", "transaction":
		return pinning{session: mode == "session", why: why}, nil
	}
	return pinning{}, fmt.Errorf("the driver pins %q, which is not known here", mode)
}

func (p pinning) String() string {
	if p.session {
		return fmt.Sprintf("sessions are pinned (%s)", p.why)
	}
	return fmt.Sprintf("each transaction is pinned (%s)", p.why)
}

// behind judges the driver's decision by what was seen.
func (p pinning) behind(seen pooling) Finding {
	const remedy = "docex_pin=transaction in app_dsn"
	switch {
	case seen == statement:
		return failure("pool_mode = transaction in the pooler's configuration",
			"a pooler in statement mode, which refuses transactions: BeginTx and SendBatch fail with 08P01")
	case seen == transaction && p.session:
		return failure(remedy, "a pooler in transaction mode, and %s: statements read and write other tenants' rows", p)
	case seen == unsure && p.session:
		return warning(remedy, "a pooler, and %s: right only when it is in session mode, which cannot be seen from here", p)
	case seen == unknown && p.session:
		return warning("two connections for the application at once",
			"no second connection, so it cannot be seen whether a pooler shares sessions; %s", p)
	case seen == transaction:
		return ok("a pooler in transaction mode; %s", p)
	case seen == unsure:
		return ok("a pooler, perhaps in session mode; %s, which is right in either mode", p)
	}
	return ok("no pooler seen between app_dsn and the server; %s", p)
}

// unfit says why the proof with scratch tenants is left out there, or nothing.
func (p pinning) unfit(seen pooling) string {
	switch {
	case seen == statement:
		return "the pooler refuses the transactions that it needs"
	case seen == transaction && p.session:
		return "pins of sessions are not safe behind this pooler"
	}
	return ""
}
