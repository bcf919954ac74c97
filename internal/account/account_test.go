package account

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func TestPasswordPolicy(t *testing.T) {
	for password, want := range map[string]string{
		"green kettle orbit": "", "S3cure-Passphrase-42!": "", "Vedette-Test-2026!": "", "tr0ub4dor&3xyz": "", "正确的马电池订书钉再加几个字": "",
		"k9#Vw2!pQz7L": "", "password-manager-made-9f3k": "", "qwerty is not all of it": "",

		"": "password_short", "short": "password_short", "elevenchars": "password_short", "十一个字的密码太短了呀": "password_short",
		strings.Repeat("é", 600): "password_long", "green kettle\x00orbit": "password_unreadable", "green kettle\xff orbit": "password_unreadable",

		"ana.li@example.org": "password_own", "Ana.Li@Example.org!": "password_own", "ana.li123456789": "password_own",
		"Ana Li 2026!!!!": "password_own", "Vedette123456": "password_own", "!!!vedette!!!": "password_own", "v3dette-2026": "password_own",
		"前哨前哨": "password_short",

		"password1234": "password_common", "Password!!!!2026": "password_common", "P@ssw0rd2026": "password_common", "p4ssw0rd!!!!": "password_common",
		"Admin@123456": "password_common", "adminadminadmin": "password_common", "123456789012": "password_common", "qwertyuiop12": "password_common",
		"qwertyuiopasdfghjkl": "password_common", "1qaz2wsx3edc": "password_common", "1QAZ2WSX3EDC4RFV": "password_common", "!QAZ2wsx#EDC": "password_common",
		"qazwsxedcrfv": "password_common", "1q2w3e4r5t6y": "password_common", "aaaaaaaaaaaa": "password_common", "abcabcabcabc": "password_common",
		"woaini1314520": "password_common", "woaini5201314": "password_common", "a123456789012": "password_common", "zhangsan123456": "password_common",
		"52013145201314": "password_common", "147258369147": "password_common", "zxcvbnm,./zxcvbnm": "password_common", "我爱你我爱你我爱你我爱你": "password_common",
		"ｐａｓｓｗｏｒｄ１２３４": "password_common", "000000000000": "password_common", "987654321098": "password_common", "asdfghjkl;'asdf": "password_common",
	} {
		err := checkPassword(password, "ana.li@example.org", "Ana Li", "Vedette")
		got := ""
		if e, ok := errs.As(err); ok {
			got = e.Code
		}
		if got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
		if err != nil && password != "" && strings.Contains(err.Error(), password) {
			t.Errorf("the message repeats the password: %v", err)
		}
	}
}

// FuzzPassword: random passwords of 16 characters and more must pass, whatever they are, and no input may
// take long or panic.
func FuzzPassword(f *testing.F) {
	f.Add("password1234", uint64(7))
	f.Fuzz(func(t *testing.T, s string, n uint64) {
		start := time.Now()
		_ = checkPassword(s, "a@b.c", "", "Vedette")
		if d := time.Since(start); d > time.Second {
			t.Errorf("%v for %d bytes", d, len(s))
		}
	})
}

func TestRandomPasswordsPass(t *testing.T) {
	for range 2000 {
		key, err := drawKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkPassword(key[:16], "ana@example.org", "Ana", "Vedette"); err != nil {
			t.Fatalf("%s: %v", key[:16], err)
		}
	}
}

func small(t *testing.T) *hasher {
	t.Helper()
	h, err := newHasher(HashOptions{MemoryKiB: 64, Passes: 1, Waiting: 2}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHash(t *testing.T) {
	ctx := context.Background()
	h, err := newHasher(HashOptions{}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	phc, err := h.hash(ctx, "green kettle orbit")
	if err != nil || !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%s, %v", phc, err)
	}
	other, _ := h.hash(ctx, "green kettle orbit")
	if other == phc {
		t.Error("no salt")
	}
	for _, c := range []struct {
		stored, password string
		want             bool
	}{
		{phc, "green kettle orbit", true}, {phc, "green kettle orbiT", false}, {phc, "", false}, {"", "", false}, {"", "green kettle orbit", false},
	} {
		if ok, outdated, err := h.verify(ctx, c.stored, c.password); ok != c.want || outdated || err != nil {
			t.Errorf("%q: %v %v %v", c.password, ok, outdated, err)
		}
	}
	weak, err := small(t).hash(ctx, "ｇｒｅｅｎ kettle orbit") // full width: another keyboard, the same password
	if err != nil {
		t.Fatal(err)
	}
	if ok, outdated, err := h.verify(ctx, weak, "green kettle orbit"); !ok || !outdated || err != nil {
		t.Errorf("other parameters: %v %v %v", ok, outdated, err)
	}
	for _, bad := range []string{"x", "$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2i$v=19$m=64,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"} {
		if ok, _, err := h.verify(ctx, bad, "x"); ok || err == nil {
			t.Errorf("%s: %v, %v", bad, ok, err)
		}
	}
}

func FuzzPHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePHC(s)
		if err != nil {
			return
		}
		if p.o.MemoryKiB > maxMemoryKiB || p.o.Passes > maxPasses || p.o.Lanes == 0 || len(p.digest) < 16 {
			t.Errorf("out of bounds: %+v", p.o)
		}
		if again, err := parsePHC(p.String()); err != nil || again.o != p.o || !bytes.Equal(again.digest, p.digest) {
			t.Errorf("%q does not survive: %v", s, err)
		}
	})
}

// TestFewHashesAtOnce: two run, two wait, the rest is told to come again, and who gives up frees a place.
func TestFewHashesAtOnce(t *testing.T) {
	h := small(t)
	var held [2]func()
	for i := range held {
		release, err := h.acquire(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		held[i] = release
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var gaveUp atomic.Int64
	for range 2 {
		wg.Go(func() {
			if _, err := h.acquire(ctx); err != nil {
				gaveUp.Add(1)
			}
		})
	}
	for len(h.places) < 4 {
		time.Sleep(time.Millisecond)
	}
	if _, err := h.acquire(context.Background()); errs.KindOf(err) != errs.RateLimited {
		t.Errorf("the fifth: %v", err)
	}
	cancel()
	wg.Wait()
	if gaveUp.Load() != 2 || len(h.places) != 2 {
		t.Errorf("%d gave up, %d places taken", gaveUp.Load(), len(h.places))
	}
	held[0]()
	if _, err := h.hash(context.Background(), "x"); err != nil {
		t.Error(err)
	}
	held[1]()
}

func TestDrawKey(t *testing.T) {
	count := map[byte]int{}
	for range 5000 {
		k, err := drawKey(rand.Reader)
		if err != nil || !IsKey(k) {
			t.Fatalf("%q, %v", k, err)
		}
		for i := range len(k) {
			count[k[i]]++
		}
	}
	// 200,000 characters over 62 letters: 3,226 each, standard deviation 56.
	for c, n := range count {
		if n < 2900 || n > 3550 {
			t.Errorf("%c occurs %d times", c, n)
		}
	}
	if len(count) != 62 {
		t.Errorf("%d letters", len(count))
	}
	for _, bad := range []string{"", strings.Repeat("a", 39), strings.Repeat("a", 41), strings.Repeat("a", 39) + "-", strings.Repeat("é", 20)} {
		if IsKey(bad) {
			t.Errorf("%q has the form of a key", bad)
		}
	}
	if _, err := drawKey(bytes.NewReader(make([]byte, 10))); err == nil {
		t.Error("a random source that ends must fail")
	}
}

func TestAddressKey(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := AddressKey(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
	a, b := attemptOf(" Ana@Example.org ", netip.Addr{}), attemptOf("ana@example.ORG", netip.Addr{})
	if a != b || a.address != "" || strings.Contains(a.account, "ana") {
		t.Errorf("%+v, %+v", a, b)
	}
}

// TestBuiltinRoles: Admin holds all, each of the others holds no more than Org Admin, and only Admin and Org
// Admin manage accounts.
func TestBuiltinRoles(t *testing.T) {
	roles := builtinRoles()
	admin, boss := roles[0], roles[1]
	if !isAdministrator(admin) || isAdministrator(boss) {
		t.Error("Admin and only Admin administers")
	}
	for _, r := range roles[1:] {
		if !subset(r.Permissions, boss.Permissions) || slices.Contains(r.Permissions, sharing.ManageUsers) || slices.Contains(r.Permissions, sharing.SeeAllOrgs) || slices.Contains(r.Permissions, sharing.ManageSystem) {
			t.Errorf("%s holds %v", r.Name, r.Permissions)
		}
	}
	if slices.Contains(roles[5].Permissions, sharing.WriteIntel) {
		t.Error("Read Only writes")
	}
}

// TestExtends states what a member that may extend a group can do, in the plainest words.
func TestExtends(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) []GroupOrg {
			return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) GroupOrg {
				return GroupOrg{Org: 1 + id.ID(rapid.IntRange(0, 4).Draw(t, "org")), Extend: rapid.Bool().Draw(t, "extend")}
			}), 0, 4, func(g GroupOrg) id.ID { return g.Org }).Draw(t, name)
		}
		before, after := SharingGroup{Members: draw("before")}, SharingGroup{Members: draw("after")}
		want := true
		for _, m := range before.Members {
			want = want && slices.Contains(after.Members, m) // nobody leaves or changes
		}
		for _, m := range after.Members {
			want = want && (slices.Contains(before.Members, m) || !m.Extend) // newcomers may not extend
		}
		if got := extends(before, after); got != want {
			t.Fatalf("extends(%v, %v) = %v", before.Members, after.Members, got)
		}
		before.Active = true
		if extends(before, after) {
			t.Fatal("switching the group off is no extension")
		}
	})
}
