package audit

import (
	"fmt"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/secret"
)

// TestEveryFieldIsSealed changes each field of a linked entry in turn; the check must see it. Fields that
// run into each other ("ab"+"c", "a"+"bc") are kept apart too.
func TestEveryFieldIsSealed(t *testing.T) {
	box, err := secret.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{o: Options{Box: box}}
	last := End{Link: 4, Hash: []byte("hash of the one before")}
	e := Entry{
		Seq: 9, At: time.UnixMicro(1_800_000_000_000_001), Actor: 3, ActorName: "ana@example.org", Org: 1, Via: "session", Address: "192.0.2.1",
		Action: "account.edit", Object: "account 7", Outcome: OK, Detail: jsonx.Raw(`{"a":1}`), Link: 5, Prev: last.Hash,
	}
	if e.Hash, err = box.MAC(macPurpose, encode(e)); err != nil {
		t.Fatal(err)
	}
	if bad, err := s.check(e, last); bad != nil || err != nil {
		t.Fatalf("untouched: %v, %v", bad, err)
	}
	for name, change := range map[string]func(*Entry){
		"seq": func(e *Entry) { e.Seq++ }, "time": func(e *Entry) { e.At = e.At.Add(time.Microsecond) }, "actor": func(e *Entry) { e.Actor = 1 },
		"name": func(e *Entry) { e.ActorName = "bob@example.org" }, "org": func(e *Entry) { e.Org = 2 }, "via": func(e *Entry) { e.Via = "key" },
		"address": func(e *Entry) { e.Address = "" }, "action": func(e *Entry) { e.Action = "account.view" }, "object": func(e *Entry) { e.Object = "account 8" },
		"outcome": func(e *Entry) { e.Outcome = Denied }, "detail": func(e *Entry) { e.Detail = nil }, "link": func(e *Entry) { e.Link = 6 },
		"previous": func(e *Entry) { e.Prev = []byte("another") }, "hash": func(e *Entry) { e.Hash = e.Hash[:20] }, "no hash": func(e *Entry) { e.Hash = nil },
		"shifted border": func(e *Entry) { e.Via, e.Address = "sessio", "n192.0.2.1" },
	} {
		c := e
		change(&c)
		if bad, err := s.check(c, last); bad == nil || err != nil {
			t.Errorf("%s changed: %v, %v", name, bad, err)
		}
	}
}

func TestEnd(t *testing.T) {
	e := End{Link: 12, Hash: []byte{1, 0xff}}
	got, err := ParseEnd(e.String())
	if err != nil || got.Link != e.Link || !same(got.Hash, e.Hash) {
		t.Errorf("%s → %+v, %v", e, got, err)
	}
	for _, bad := range []string{"", "12", "x:00", "12:zz", "-1:00", "12:0"} {
		if _, err := ParseEnd(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func FuzzParseEnd(f *testing.F) {
	f.Add("12:01ff")
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseEnd(s)
		if err != nil {
			return
		}
		if again, err := ParseEnd(e.String()); err != nil || fmt.Sprint(again) != fmt.Sprint(e) {
			t.Errorf("%q → %s → %s, %v", s, e, again, err)
		}
	})
}
