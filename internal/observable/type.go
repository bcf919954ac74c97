// Package observable owns typed values: the type table (what a type is, how high it stands in
// the Pyramid of Pain, how long a claim about it lives), the canonical form in which values are
// compared and stored once, their keys, and how they are shown without being clickable. It owns
// no text scanning (observable/extract), no foreign type tables (translate/misp, stix) and no
// storage.
package observable

import "time"

// Type is a class of values. The numbers are stored in databases and hashed into keys: the
// list is append-only, a number is never given to another meaning, and it is published as
//
//	1 ipv4-addr        2 ipv6-addr       3 domain-name      4 url             5 email-addr
//	6 file:md5         7 file:sha-1      8 file:sha-224     9 file:sha-256   10 file:sha-384
//	11 file:sha-512   12 file:sha3-224  13 file:sha3-256   14 file:sha3-384  15 file:sha3-512
//	16 file:ssdeep    17 file:tlsh      18 file:imphash    19 ja3            20 ja3s
//	21 ja4            22 jarm           23 vulnerability   24 attack-pattern 25 x-mitre-tactic
//	26 intrusion-set  27 malware        28 campaign        29 course-of-action
//	30 weakness       31 autonomous-system                 32 mac-addr
//	33 windows-registry-key             34 file:path       35 file:name      36 mutex
//	37 named-pipe     38 user-agent     39 cryptocurrency-wallet             40 user-account
//	41 indicator:yara 42 indicator:sigma 43 indicator:suricata               44 indicator:snort
//	45 bank-account   46 payment-card   47 phone-number    48 file:authentihash
//	49 file:vhash     50 hassh          51 x509:sha-1      52 x509:sha-256   53 x509:md5
//	54 process:command-line             55 text
type Type uint8

// The types that code names. The zero Type is no type; the others are reached by Parse.
const (
	None          Type = 0
	IPv4          Type = 1
	IPv6          Type = 2
	Domain        Type = 3
	URL           Type = 4
	Email         Type = 5
	MD5           Type = 6
	SHA1          Type = 7
	SHA224        Type = 8
	SHA256        Type = 9
	SHA384        Type = 10
	SHA512        Type = 11
	SSDeep        Type = 16
	TLSH          Type = 17
	Imphash       Type = 18
	Vulnerability Type = 23
	AttackPattern Type = 24
	AS            Type = 31
	MAC           Type = 32
	RegistryKey   Type = 33
	FilePath      Type = 34
	FileName      Type = 35
	Mutex         Type = 36
	NamedPipe     Type = 37
	UserAgent     Type = 38
	Wallet        Type = 39
	Account       Type = 40
	YARA          Type = 41
	Sigma         Type = 42
	Suricata      Type = 43
	Snort         Type = 44
	Text          Type = 55
)

// The types that only this package's rules name.
const (
	sha3x224     Type = 12
	sha3x256     Type = 13
	sha3x384     Type = 14
	sha3x512     Type = 15
	ja3          Type = 19
	ja3s         Type = 20
	ja4          Type = 21
	jarm         Type = 22
	tactic       Type = 25
	intrusionSet Type = 26
	malware      Type = 27
	campaign     Type = 28
	mitigation   Type = 29
	weakness     Type = 30
	bankAccount  Type = 45
	paymentCard  Type = 46
	phoneNumber  Type = 47
	authentihash Type = 48
	vhash        Type = 49
	hassh        Type = 50
	x509SHA1     Type = 51
	x509SHA256   Type = 52
	x509MD5      Type = 53
	commandLine  Type = 54
)

// Role says what the values of a type are good for (concepts.md, rule 3).
type Role uint8

// The roles.
const (
	Correlates Role = iota // an observable: equal values mean something, may be blocked
	Literal                // text, comment, port, size: kept, never correlated
	Reference              // points to a document or an entity; never blocked
	Rule                   // a detection rule
)

// Info is what the type table says about a type.
type Info struct {
	Name string
	Role Role
	// Pain is the level in the Pyramid of Pain: 1 hash, 2 address, 3 domain, 4 network or host
	// artefact, 5 tool, 6 TTP; 0 where the pyramid says nothing.
	Pain int
	// Expires is the default life of a claim; 0 is for ever.
	Expires time.Duration
	// ToIDs is the default of a claim's to_ids flag.
	ToIDs bool
	// Blockable values may stand on block lists.
	Blockable bool
	// OptIn types are extracted from text only when asked for.
	OptIn bool
	// STIX is the type of the STIX object that carries the value.
	STIX string
	// MISP and Category are the default attribute type and category.
	MISP, Category string
}

const day = 24 * time.Hour

// MISP's category names.
const (
	catNetwork  = "Network activity"
	catPayload  = "Payload delivery"
	catInstall  = "Payload installation"
	catDropped  = "Artifacts dropped"
	catAnalysis = "External analysis"
	catPersist  = "Persistence mechanism"
	catFraud    = "Financial fraud"
	catSocial   = "Social network"
	catPerson   = "Person"
	catOther    = "Other"
)

// fileHash is the row of a hash that names one file.
func fileHash(name, misp string) Info {
	return Info{name, Correlates, 1, 0, true, true, false, "file", misp, catPayload}
}

// entity is the row of something that lives in the graph.
func entity(name string) Info {
	return Info{name, Reference, 6, 0, false, false, false, name, "text", catAnalysis}
}

// rule is the row of a kind of detection rule.
func rule(name, misp, category string) Info {
	return Info{name, Rule, 5, 0, true, false, false, "indicator", misp, category}
}

// Info returns the type's row, the zero Info for an unknown number.
func (t Type) Info() Info {
	switch {
	case t <= SHA512 || t >= sha3x224 && t <= jarm:
		return technicalInfo(t)
	case t >= Vulnerability && t <= weakness || t >= YARA && t <= Snort:
		return knowledgeInfo(t)
	}
	return hostInfo(t)
}

func technicalInfo(t Type) Info {
	switch t {
	case IPv4, IPv6:
		name := [...]string{"", "ipv4-addr", "ipv6-addr"}[t]
		return Info{name, Correlates, 2, 60 * day, true, true, false, name, "ip-dst", catNetwork}
	case Domain:
		return Info{"domain-name", Correlates, 3, 180 * day, true, true, false, "domain-name", "domain", catNetwork}
	case URL:
		return Info{"url", Correlates, 4, 90 * day, true, true, false, "url", "url", catNetwork}
	case Email:
		return Info{"email-addr", Correlates, 4, 365 * day, true, true, false, "email-addr", "email", catPayload}
	case MD5:
		return fileHash("file:md5", "md5")
	case SHA1:
		return fileHash("file:sha-1", "sha1")
	case SHA224, SHA256, SHA384, SHA512:
		bits := [...]string{"224", "256", "384", "512"}[t-SHA224]
		return fileHash("file:sha-"+bits, "sha"+bits)
	case sha3x224, sha3x256, sha3x384, sha3x512:
		bits := [...]string{"224", "256", "384", "512"}[t-sha3x224]
		return fileHash("file:sha3-"+bits, "sha3-"+bits)
	case SSDeep:
		return Info{"file:ssdeep", Correlates, 4, 0, true, false, false, "file", "ssdeep", catPayload}
	case TLSH:
		return Info{"file:tlsh", Correlates, 4, 0, true, false, false, "file", "tlsh", catPayload}
	case Imphash:
		return Info{"file:imphash", Correlates, 4, 0, true, false, false, "file", "imphash", catPayload}
	case ja3:
		return Info{"ja3", Correlates, 4, 365 * day, true, false, false, "text", "ja3-fingerprint-md5", catNetwork}
	case ja3s, ja4:
		name := [...]string{"ja3s", "ja4"}[t-ja3s]
		return Info{name, Correlates, 4, 365 * day, true, false, false, "text", "text", catNetwork}
	case jarm:
		return Info{"jarm", Correlates, 4, 365 * day, true, false, false, "text", "jarm-fingerprint", catNetwork}
	}
	return Info{}
}

func knowledgeInfo(t Type) Info {
	switch t {
	case Vulnerability:
		return Info{"vulnerability", Reference, 0, 0, false, false, false, "vulnerability", "vulnerability", catAnalysis}
	case AttackPattern:
		return entity("attack-pattern")
	case tactic:
		return entity("x-mitre-tactic")
	case intrusionSet:
		return entity("intrusion-set")
	case malware:
		i := entity("malware")
		i.Pain = 5
		return i
	case campaign:
		return entity("campaign")
	case mitigation:
		i := entity("course-of-action")
		i.Pain = 0
		return i
	case weakness:
		return Info{"weakness", Reference, 0, 0, false, false, false, "x-weakness", "weakness", catAnalysis}
	case YARA:
		return rule("indicator:yara", "yara", catInstall)
	case Sigma:
		return rule("indicator:sigma", "sigma", catInstall)
	case Suricata:
		return rule("indicator:suricata", "snort", catNetwork)
	case Snort:
		return rule("indicator:snort", "snort", catNetwork)
	}
	return Info{}
}

func hostInfo(t Type) Info {
	switch t {
	case AS:
		return Info{"autonomous-system", Correlates, 2, 365 * day, false, false, false, "autonomous-system", "AS", catNetwork}
	case MAC:
		return Info{"mac-addr", Correlates, 4, 365 * day, false, false, false, "mac-addr", "mac-address", catNetwork}
	case RegistryKey:
		return Info{"windows-registry-key", Correlates, 4, 0, true, false, false, "windows-registry-key", "regkey", catPersist}
	case FilePath:
		return Info{"file:path", Correlates, 4, 0, true, false, false, "file", "filename", catInstall}
	case FileName:
		return Info{"file:name", Correlates, 4, 0, true, false, false, "file", "filename", catPayload}
	case Mutex:
		return Info{"mutex", Correlates, 4, 0, true, false, false, "mutex", "mutex", catDropped}
	case NamedPipe:
		return Info{"named-pipe", Correlates, 4, 0, true, false, false, "text", "named pipe", catDropped}
	case UserAgent:
		return Info{"user-agent", Correlates, 4, 0, false, false, false, "user-agent", "user-agent", catNetwork}
	case Wallet:
		return Info{"cryptocurrency-wallet", Correlates, 4, 0, true, false, false, "cryptocurrency-wallet", "btc", catFraud}
	case Account:
		return Info{"user-account", Correlates, 4, 0, false, false, false, "user-account", "text", catSocial}
	case bankAccount:
		return Info{"bank-account", Correlates, 4, 0, true, false, true, "bank-account", "iban", catFraud}
	case paymentCard:
		return Info{"payment-card", Correlates, 0, 0, false, false, true, "payment-card", "cc-number", catFraud}
	case phoneNumber:
		return Info{"phone-number", Correlates, 4, 0, false, false, true, "phone-number", "phone-number", catPerson}
	case authentihash:
		return Info{"file:authentihash", Correlates, 1, 0, true, true, false, "file", "authentihash", catPayload}
	case vhash:
		return Info{"file:vhash", Correlates, 4, 0, true, false, false, "file", "vhash", catPayload}
	case hassh:
		return Info{"hassh", Correlates, 4, 365 * day, true, false, false, "text", "hassh-md5", catNetwork}
	case x509SHA1, x509SHA256, x509MD5:
		name := [...]string{"sha-1", "sha-256", "md5"}[t-x509SHA1]
		misp := [...]string{"sha1", "sha256", "md5"}[t-x509SHA1]
		return Info{"x509:" + name, Correlates, 4, 365 * day, true, false, false, "x509-certificate", "x509-fingerprint-" + misp, catNetwork}
	case commandLine:
		return Info{"process:command-line", Correlates, 4, 0, false, false, false, "process", "text", catDropped}
	case Text:
		return Info{"text", Literal, 0, 0, false, false, false, "text", "text", catOther}
	}
	return Info{}
}

// String returns the output name, as the command line and the API print it ("file:sha-256").
func (t Type) String() string {
	if n := t.Info().Name; n != "" {
		return n
	}
	return "none"
}

// Parse returns the type of an output name. "hostname" and "domain" mean domain-name.
func Parse(name string) (Type, bool) {
	switch name {
	case "hostname", "domain":
		return Domain, true
	case "":
		return None, false
	}
	for t := IPv4; t <= Text; t++ {
		if t.Info().Name == name {
			return t, true
		}
	}
	return None, false
}

// All lists the types in the order of their numbers.
func All() []Type {
	all := make([]Type, 0, Text)
	for t := IPv4; t <= Text; t++ {
		all = append(all, t)
	}
	return all
}
