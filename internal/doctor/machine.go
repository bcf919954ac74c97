package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Version names the program and the system it runs on.
func Version(version string) Check {
	return Check{Name: "version", Run: func(context.Context) Finding {
		return good("Vedette %s, %s, %s/%s, %d CPUs", version, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	}}
}

// Free space below which a disk is in danger, and below which it is failing.
const (
	littleSpace = 2 << 30
	noSpace     = 256 << 20
)

// Disk looks at the free space of the folder and whether it can be written.
func Disk(dir string) Check {
	return Check{Name: "disk", Run: func(context.Context) Finding {
		const free = "Free some space, or move the data folder to a larger disk."
		f, err := os.CreateTemp(dir, ".doctor-*")
		if err != nil {
			return fail("Check the owner and the permissions of the folder, and whether the disk is full or mounted read-only.", "%s cannot be written: %v", dir, reason(err))
		}
		_, err = f.Write(make([]byte, 4096))
		err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
		if err != nil {
			return fail(free, "%s cannot be written: %v", dir, reason(err))
		}
		left, all, err := space(dir)
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			return good("%s can be written", dir)
		case err != nil:
			return broken(err)
		}
		detail := fmt.Sprintf("%s free of %s", bytes(left), bytes(all))
		switch {
		case left < noSpace:
			return fail(free, "%s", detail)
		case left < littleSpace || left < all/50:
			return warn(free, "%s", detail)
		}
		return good("%s", detail)
	}}
}

func bytes(n uint64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Permissions looks for others who may read the data folder. Keys is the name of the key file in it, private
// are those of the other files, which a closed folder keeps private whatever their own permissions.
func Permissions(dir, keys string, private []string) Check {
	loose := func() (map[string]fs.FileMode, error) {
		out := map[string]fs.FileMode{}
		if runtime.GOOS == "windows" {
			return out, nil
		}
		names := []string{".", keys}
		if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o077 != 0 {
			names = append(names, private...)
		}
		for _, name := range names {
			path := filepath.Join(dir, name)
			info, err := os.Stat(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if m := info.Mode().Perm(); m&0o077 != 0 {
				out[path] = m
			}
		}
		return out, nil
	}
	return Check{
		Name: "permissions",
		Run: func(context.Context) Finding {
			found, err := loose()
			if err != nil {
				return broken(err)
			}
			if len(found) == 0 {
				return good("only the owner can read the data folder and the keys")
			}
			worst := Warn
			var list []string
			for path, mode := range found {
				list = append(list, fmt.Sprintf("%s (%04o)", path, mode))
				if path != dir {
					worst = Fail
				}
			}
			return Finding{Status: worst, Detail: "others may read " + strings.Join(list, ", "), Advice: "Run vedette doctor --fix, or chmod go= on them. If others have read the key file, rotate the key."}
		},
		Fix: func(context.Context) (string, error) {
			found, err := loose()
			if err != nil {
				return "", err
			}
			for path, mode := range found {
				if err := os.Chmod(path, mode&^0o077); err != nil {
					return "", err
				}
			}
			return fmt.Sprintf("took the permissions of others away from %d names", len(found)), nil
		},
	}
}

// soon is how long before its end a certificate is worth a word.
const soon = 21 * 24 * time.Hour

// Certificate looks at the certificate of the listener; empty names mean that there is none.
func Certificate(cert, key string, clock func() time.Time) Check {
	return Check{Name: "certificate", Run: func(context.Context) Finding {
		if cert == "" {
			return good("none: the listener speaks plain HTTP")
		}
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return fail("Set tls.cert and tls.key to a certificate chain and its key.", "the certificate cannot be used: %v", reason(err))
		}
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			return broken(err)
		}
		now, until := clock(), leaf.NotAfter.UTC().Format(time.DateOnly)
		names := strings.Join(leaf.DNSNames, ", ")
		switch {
		case now.After(leaf.NotAfter):
			return fail("Renew it and restart.", "the certificate of %s ended on %s", names, until)
		case now.Before(leaf.NotBefore):
			return fail("Check the clock.", "the certificate of %s begins on %s only", names, leaf.NotBefore.UTC().Format(time.DateOnly))
		case leaf.NotAfter.Sub(now) < soon:
			return warn("Renew it.", "the certificate of %s ends on %s", names, until)
		}
		if info, err := os.Stat(key); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0 {
			return warn("Run chmod o= on the key.", "everybody may read the certificate's key")
		}
		return good("of %s, until %s", names, until)
	}}
}

// Setting is one weak or wrong setting.
type Setting struct {
	Key, Text string
	Wrong     bool // Vedette does not start with it
}

// Settings reports what is weak in a part: the configuration, the accounts.
func Settings(name string, list func(ctx context.Context) ([]Setting, error)) Check {
	return Check{Name: name, Run: func(ctx context.Context) Finding {
		found, err := list(ctx)
		if err != nil {
			return broken(err)
		}
		if len(found) == 0 {
			return good("nothing weak")
		}
		f := Finding{Status: Warn}
		var lines []string
		for _, s := range found {
			if s.Wrong {
				f.Status = Fail
			}
			lines = append(lines, s.Text)
		}
		f.Detail = strings.Join(lines, "; ")
		return f
	}}
}
