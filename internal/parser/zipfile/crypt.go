package zipfile

import (
	"archive/zip"
	"crypto/aes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/binary"
	"hash/crc32"
)

// methodAES is the stated method of WinZip AES members; the real one is in extra field 0x9901.
const methodAES = 99

// decrypt opens an encrypted member. crc tells whether its CRC-32 is stated. ok is false when the
// password is wrong, as far as the format lets that be seen.
func decrypt(f *zip.File, packed []byte, password string) (plain []byte, method uint16, crc, ok bool) {
	if f.Method == methodAES {
		version, strength, method, found := aesExtra(f.Extra)
		if !found {
			return nil, 0, false, false
		}
		plain, ok := decryptAES(packed, password, strength)
		return plain, method, version == 1, ok
	}
	check := byte(f.CRC32 >> 24)
	if f.Flags&8 != 0 {
		check = byte(f.ModifiedTime >> 8) //nolint:staticcheck // the raw DOS time is what the check byte is of
	}
	plain, ok = decryptZipCrypto(packed, password, check)
	return plain, f.Method, true, ok
}

// decryptZipCrypto implements the traditional encryption (APPNOTE.TXT 6.1).
func decryptZipCrypto(packed []byte, password string, check byte) ([]byte, bool) {
	const header = 12
	if len(packed) < header {
		return nil, false
	}
	k := zipKeys{0x12345678, 0x23456789, 0x34567890}
	for i := 0; i < len(password); i++ {
		k.update(password[i])
	}
	var last byte
	for _, c := range packed[:header] {
		last = c ^ k.stream()
		k.update(last)
	}
	if last != check {
		return nil, false
	}
	out := make([]byte, len(packed)-header)
	for i, c := range packed[header:] {
		out[i] = c ^ k.stream()
		k.update(out[i])
	}
	return out, true
}

type zipKeys [3]uint32

func (k *zipKeys) update(b byte) {
	k[0] = crcByte(k[0], b)
	k[1] = (k[1]+k[0]&0xFF)*134775813 + 1
	k[2] = crcByte(k[2], byte(k[1]>>24))
}

func (k *zipKeys) stream() byte {
	t := k[2] | 2
	return byte(t * (t ^ 1) >> 8)
}

func crcByte(crc uint32, b byte) uint32 { return crc32.IEEETable[byte(crc)^b] ^ crc>>8 }

// aesExtra reads extra field 0x9901 (WinZip, "AES Encryption Information", II.B).
func aesExtra(extra []byte) (version uint16, strength byte, method uint16, ok bool) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			break
		}
		if id == 0x9901 && n >= 7 && extra[4] >= 1 && extra[4] <= 3 {
			return binary.LittleEndian.Uint16(extra), extra[4], binary.LittleEndian.Uint16(extra[5:]), true
		}
		extra = extra[n:]
	}
	return 0, 0, 0, false
}

// decryptAES implements AE-1 and AE-2: salt, two bytes to verify the password, AES in counter mode
// (little endian, from 1), ten bytes of HMAC-SHA1.
func decryptAES(packed []byte, password string, strength byte) ([]byte, bool) {
	const mac, iterations = 10, 1000
	keyLen := 8 + 8*int(strength)
	saltLen := keyLen / 2
	if len(packed) < saltLen+2+mac {
		return nil, false
	}
	keys, err := pbkdf2.Key(sha1.New, password, packed[:saltLen], iterations, 2*keyLen+2)
	if err != nil || !hmac.Equal(keys[2*keyLen:], packed[saltLen:saltLen+2]) {
		return nil, false
	}
	body, sum := packed[saltLen+2:len(packed)-mac], packed[len(packed)-mac:]
	h := hmac.New(sha1.New, keys[keyLen:2*keyLen])
	h.Write(body)
	if !hmac.Equal(h.Sum(nil)[:mac], sum) {
		return nil, false
	}
	block, err := aes.NewCipher(keys[:keyLen])
	if err != nil {
		return nil, false
	}
	out := make([]byte, len(body))
	var counter, key [aes.BlockSize]byte
	for i := range body {
		if i%aes.BlockSize == 0 {
			binary.LittleEndian.PutUint64(counter[:], uint64(i/aes.BlockSize)+1)
			block.Encrypt(key[:], counter[:])
		}
		out[i] = body[i] ^ key[i%aes.BlockSize]
	}
	return out, true
}
