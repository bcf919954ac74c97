package observable

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/sha3"
)

// ValidWallet reports the currency (BTC, LTC, ETH, XMR, TRX) of an address whose checksum
// holds. Ethereum addresses in one letter case carry no checksum and are accepted by shape.
func ValidWallet(s string) (currency string, ok bool) {
	switch n := len(s); {
	case n == 42 && strings.HasPrefix(s, "0x"):
		return "ETH", validEthereum(s)
	case n >= 25 && n <= 35:
		return base58Currency(s)
	case n == 95 || n == 106:
		return "XMR", validMonero(s)
	}
	low := strings.ToLower(s)
	if low != s && strings.ToUpper(s) != s {
		return "", false
	}
	switch {
	case strings.HasPrefix(low, "bc1"):
		return "BTC", validBech32("bc", low)
	case strings.HasPrefix(low, "ltc1"):
		return "LTC", validBech32("ltc", low)
	}
	return "", false
}

const base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// base58Currency checks Base58Check: 1 version byte, 20 bytes, 4 bytes of double SHA-256.
func base58Currency(s string) (string, bool) {
	var raw [25]byte
	for i := range len(s) {
		carry := strings.IndexByte(base58Digits, s[i])
		if carry < 0 {
			return "", false
		}
		for j := len(raw) - 1; j >= 0; j-- {
			carry += 58 * int(raw[j])
			raw[j], carry = byte(carry), carry>>8
		}
		if carry != 0 {
			return "", false
		}
	}
	zeros := len(s) - len(strings.TrimLeft(s, "1"))
	if zeros != len(raw)-len(bytes.TrimLeft(raw[:], "\x00")) {
		return "", false
	}
	first := sha256.Sum256(raw[:21])
	second := sha256.Sum256(first[:])
	if !bytes.Equal(second[:4], raw[21:]) {
		return "", false
	}
	switch raw[0] {
	case 0x00, 0x05:
		return "BTC", true
	case 0x30, 0x32:
		return "LTC", true
	case 0x41:
		return "TRX", true
	}
	return "", false
}

const bech32Digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// validBech32 checks BIP 173 (version 0) and BIP 350 (later versions) of a lower-case address.
func validBech32(hrp, s string) bool {
	if len(s) < 14 || len(s) > 90 {
		return false
	}
	sum := uint32(1)
	step := func(v byte) {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ uint32(v)
		for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	for i := range len(hrp) {
		step(hrp[i] >> 5)
	}
	step(0)
	for i := range len(hrp) {
		step(hrp[i] & 31)
	}
	data := s[len(hrp)+1:]
	version := 0
	for i := range len(data) {
		v := strings.IndexByte(bech32Digits, data[i])
		if v < 0 {
			return false
		}
		if i == 0 {
			version = v
		}
		step(byte(v))
	}
	if version == 0 {
		return sum == 1 && (len(data) == 39 || len(data) == 59)
	}
	return sum == 0x2bc830a3 && version <= 16
}

// validEthereum checks EIP-55 when letters are in mixed case.
func validEthereum(s string) bool {
	body := s[2:]
	if !isHex(body) {
		return false
	}
	low := strings.ToLower(body)
	if low == body || strings.ToUpper(body) == body {
		return strings.Trim(low, "0") != ""
	}
	h := sha3.NewLegacyKeccak256()
	h.Write([]byte(low))
	sum := hex.EncodeToString(h.Sum(nil))
	for i := range len(low) {
		if low[i] < 'a' {
			continue
		}
		if upper := body[i] < 'a'; upper != (sum[i] >= '8') {
			return false
		}
	}
	return true
}

// validMonero checks the block-wise Base58 of Monero: 69 bytes (77 with a payment id), the last
// four of them Keccak-256 of the rest.
func validMonero(s string) bool {
	if s[0] != '4' && s[0] != '8' {
		return false
	}
	raw := make([]byte, 0, 80)
	for len(s) > 0 {
		n := min(11, len(s))
		size, ok := map[int]int{11: 8, 7: 5, 9: 6}[n]
		if !ok {
			return false
		}
		var num uint64
		for i := range n {
			d := strings.IndexByte(base58Digits, s[i])
			if d < 0 || num > (1<<64-1-uint64(d))/58 {
				return false
			}
			num = num*58 + uint64(d)
		}
		if size < 8 && num>>(8*size) != 0 {
			return false
		}
		for k := size - 1; k >= 0; k-- {
			raw = append(raw, byte(num>>(8*k)))
		}
		s = s[n:]
	}
	h := sha3.NewLegacyKeccak256()
	h.Write(raw[:len(raw)-4])
	return bytes.Equal(h.Sum(nil)[:4], raw[len(raw)-4:])
}

// ValidCard checks the length, the issuer's first digit and the check digit (Luhn) of a payment
// card number written without separators.
func ValidCard(s string) bool {
	if len(s) < 13 || len(s) > 19 || !isDigits(s) || s[0] < '2' || s[0] > '6' || strings.Count(s, s[:1]) == len(s) {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// ValidIBAN checks the check digits (ISO 7064, mod 97-10) and the country's length of an IBAN
// written without spaces in upper case.
func ValidIBAN(s string) bool {
	if len(s) < 15 || len(s) > 34 || !isAlnum(s) || s != strings.ToUpper(s) || isDigits(s[:1]) || isDigits(s[1:2]) || !isDigits(s[2:4]) {
		return false
	}
	const lengths = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18" +
		"FO18FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21MC27" +
		"MD24ME22MK19MR27MT31MU30NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SE24SI19SK24SM27SV28TL23TN24TR26" +
		"UA29VA22VG24XK20"
	want := 0
	for i := 0; i < len(lengths); i += 4 {
		if lengths[i:i+2] == s[:2] {
			want = int(lengths[i+2]-'0')*10 + int(lengths[i+3]-'0')
		}
	}
	if len(s) != want {
		return false
	}
	rest := 0
	for _, c := range s[4:] + s[:4] {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}
