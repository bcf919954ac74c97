// Package secret owns secrets at rest and in logs: envelope encryption with a key file (Box), keyed
// digests, and the redaction of secret values by value (Redactor). It does not own passwords, which are
// hashed and never decrypted (package account), nor where a sealed secret is stored.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Box seals and opens secrets with the newest key of its key file; older keys still open. It is safe for
// concurrent use.
type Box struct {
	path  string
	clock func() time.Time
	mu    sync.RWMutex
	keys  []key // ascending by version, never empty
}

// key is one line of the key file.
type key struct {
	version uint32
	made    time.Time
	bytes   [keySize]byte
}

const keySize = 32

// A sealed secret, format 1:
//
//	1 byte   format (1)
//	4 bytes  version of the key, big-endian
//	12 bytes nonce of the wrapped data key
//	48 bytes data key, AES-256-GCM under the file's key
//	12 bytes nonce of the text
//	n+16     text, AES-256-GCM under the data key
//
// Both layers bind the context as additional data, so that a sealed value moved to another row does not open.
const (
	format     = 1
	nonceSize  = 12
	tagSize    = 16
	wrapOffset = 1 + 4
	bodyOffset = wrapOffset + nonceSize + keySize + tagSize
	minSealed  = bodyOffset + nonceSize + tagSize
)

// ErrOpen is the one answer for a sealed value that does not open: a wrong context, a damaged or foreign
// value, or a key that is no longer in the key file.
var ErrOpen = errs.New(errs.Unavailable, "secret_unreadable",
	"A stored secret cannot be read: the key file does not match the data. Restore the key file that belongs to this data folder, or enter the secret again.")

// Seal encrypts plain. The context names what the secret belongs to ("totp:12"); Open needs the same one.
func (b *Box) Seal(plain []byte, context string) ([]byte, error) {
	b.mu.RLock()
	k := b.keys[len(b.keys)-1]
	b.mu.RUnlock()
	var data [keySize]byte
	if _, err := rand.Read(data[:]); err != nil {
		return nil, err
	}
	out := make([]byte, wrapOffset, minSealed+len(plain))
	out[0] = format
	binary.BigEndian.PutUint32(out[1:], k.version)
	out, err := encrypt(out, k.bytes[:], data[:], "key:"+context)
	if err != nil {
		return nil, err
	}
	return encrypt(out, data[:], plain, "text:"+context)
}

// Open decrypts what Seal made with the same context. Every failure is ErrOpen.
func (b *Box) Open(sealed []byte, context string) ([]byte, error) {
	data, err := b.dataKey(sealed, context)
	if err != nil {
		return nil, err
	}
	return decrypt(data, sealed[bodyOffset:], "text:"+context)
}

func (b *Box) dataKey(sealed []byte, context string) ([]byte, error) {
	if len(sealed) < minSealed || sealed[0] != format {
		return nil, ErrOpen
	}
	k, ok := b.find(binary.BigEndian.Uint32(sealed[1:]))
	if !ok {
		return nil, ErrOpen
	}
	return decrypt(k.bytes[:], sealed[wrapOffset:bodyOffset], "key:"+context)
}

// Stale reports whether a sealed value hangs on a key that is not the newest.
func (b *Box) Stale(sealed []byte) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(sealed) >= minSealed && binary.BigEndian.Uint32(sealed[1:]) != b.keys[len(b.keys)-1].version
}

// Rewrap puts a sealed value under the newest key without touching its text.
func (b *Box) Rewrap(sealed []byte, context string) ([]byte, error) {
	data, err := b.dataKey(sealed, context)
	if err != nil {
		return nil, err
	}
	b.mu.RLock()
	k := b.keys[len(b.keys)-1]
	b.mu.RUnlock()
	out := make([]byte, wrapOffset, len(sealed))
	out[0] = format
	binary.BigEndian.PutUint32(out[1:], k.version)
	if out, err = encrypt(out, k.bytes[:], data, "key:"+context); err != nil {
		return nil, err
	}
	return append(out, sealed[bodyOffset:]...), nil
}

// MACSize is the length of a digest made by MAC.
const MACSize = 4 + sha256.Size

// MAC returns a keyed digest of data: the key's version, then HMAC-SHA-256. The purpose separates uses.
func (b *Box) MAC(purpose string, data []byte) ([]byte, error) {
	b.mu.RLock()
	k := b.keys[len(b.keys)-1]
	b.mu.RUnlock()
	return k.mac(purpose, data)
}

// CheckMAC reports whether a digest fits the data. known is false when its key is not in the key file.
func (b *Box) CheckMAC(purpose string, data, digest []byte) (fits, known bool, err error) {
	if len(digest) != MACSize {
		return false, true, nil
	}
	k, ok := b.find(binary.BigEndian.Uint32(digest))
	if !ok {
		return false, false, nil
	}
	want, err := k.mac(purpose, data)
	return hmac.Equal(want, digest), true, err
}

func (k key) mac(purpose string, data []byte) ([]byte, error) {
	sub, err := hkdf.Key(sha256.New, k.bytes[:], nil, "vedette mac "+purpose, keySize)
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, sub)
	h.Write(data)
	return h.Sum(binary.BigEndian.AppendUint32(make([]byte, 0, MACSize), k.version)), nil
}

// find returns a key by version. An unknown one makes it read the file again: another process may have
// rotated.
func (b *Box) find(version uint32) (key, bool) {
	b.mu.RLock()
	k, ok := search(b.keys, version)
	newest := b.keys[len(b.keys)-1].version
	b.mu.RUnlock()
	if ok || version < newest || b.path == "" {
		return k, ok
	}
	fresh, err := readKeys(b.path)
	if err != nil {
		return key{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys = fresh
	return search(fresh, version)
}

func search(keys []key, version uint32) (key, bool) {
	i, ok := slices.BinarySearchFunc(keys, version, func(k key, v uint32) int { return int(int64(k.version) - int64(v)) })
	if !ok {
		return key{}, false
	}
	return keys[i], true
}

// encrypt appends nonce and ciphertext to dst.
func encrypt(dst, k, plain []byte, context string) ([]byte, error) {
	aead, err := gcm(k)
	if err != nil {
		return nil, err
	}
	var nonce [nonceSize]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return nil, err
	}
	dst = append(dst, nonce[:]...)
	return aead.Seal(dst, nonce[:], plain, []byte(context)), nil
}

func decrypt(k, sealed []byte, context string) ([]byte, error) {
	aead, err := gcm(k)
	if err != nil {
		return nil, err
	}
	if len(sealed) < nonceSize+tagSize {
		return nil, ErrOpen
	}
	plain, err := aead.Open(nil, sealed[:nonceSize], sealed[nonceSize:], []byte(context))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func gcm(k []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
