package extract

// kinds of top-level domains, by how far a plain "word.tld" can be trusted to be a host.
const (
	tldStrong = iota // com, net, ru: believed unless the surroundings are code
	tldFair          // vip, info, two letters: believed when the first label looks like a name
	tldWeak          // words, attributes, extensions (name, id, py): only with evidence
)

// tldKind classes a lower-case top-level domain.
func tldKind(tld []byte) int {
	switch string(tld) {
	case "com", "net", "org", "edu", "gov", "mil", "biz", "onion", "ru", "cn", "de", "fr", "jp", "kr", "tw", "hk", "br", "nl", "eu", "vn",
		"ir", "ua", "cz", "gr", "hu", "se", "ch", "xyz", "club", "vip", "icu", "cyou", "cfd", "sbs", "gq", "tk", "ga", "cf", "su", "mobi",
		"asia", "tokyo", "online", "website", "bond", "monster", "bazar", "bit", "i2p", "arpa", "uk", "au", "ca", "ae", "ro", "ws", "buzz",
		"lol", "quest", "kz", "by", "ltd", "io", "ai", "cc", "tech", "lat", "wiki", "shop":
		return tldStrong
	}
	switch {
	case len(tld) == 2 && weakPair(string(tld)):
		return tldWeak
	case len(tld) == 2:
		return tldFair
	case isAttribute(tld):
		return tldWeak
	case tld[0] >= 0x80 || len(tld) > 4 && string(tld[:4]) == "xn--":
		return tldStrong
	}
	return tldFair
}

// weakPair lists country codes that are English words, attributes or file extensions.
func weakPair(tld string) bool {
	switch tld {
	case "is", "no", "so", "do", "as", "my", "am", "pm", "id", "re", "ma", "gt", "ne", "ge", "mm", "ml", "md", "py", "pl", "rs", "sh",
		"ps", "np", "nr", "tf", "st", "an", "ms", "al", "ac", "gl", "ss", "et", "li", "si", "mk", "mu", "in", "to", "it", "at", "be", "us", "me", "mo":
		return true
	}
	return false
}

// isAttribute lists generic top-level domains that are attributes of objects in code, or words
// that begin a sentence or end a file name.
func isAttribute(tld []byte) bool {
	switch string(tld) {
	case "app", "auto", "author", "band", "bar", "bid", "bio", "black", "blue", "book", "boo", "boot", "bot", "box", "build", "call", "cards", "care",
		"case", "cash", "cat", "center", "channel", "chat", "city", "click", "codes", "color", "company", "compare", "computer", "contact", "country",
		"credit", "data", "date", "day", "deal", "delivery", "design", "dev", "direct", "directory", "docs", "dot", "download", "drive", "email",
		"events", "exchange", "express", "fail", "fan", "fast", "feedback", "final", "fit", "fly", "foo", "forum", "frontend", "fun", "fund", "game",
		"global", "got", "green", "group", "guide", "health", "help", "here", "host", "hosting", "hot", "how", "inc", "info", "int", "java", "jobs",
		"land", "law", "life", "like", "limited", "link", "live", "locker", "man", "management", "map", "market", "media", "meet", "men", "menu", "mini",
		"mobile", "mom", "money", "mov", "museum", "name", "network", "new", "news", "next", "now", "off", "office", "one", "open", "page", "parts",
		"party", "pay", "phone", "photo", "pics", "pictures", "pid", "pin", "ping", "pink", "place", "play", "plus", "post", "press", "prime", "pro",
		"prod", "prof", "promo", "properties", "property", "protection", "pub", "radio", "read", "red", "ren", "rent", "repair", "report", "rest",
		"review", "reviews", "rip", "room", "run", "safe", "sale", "save", "school", "science", "search", "secure", "security", "select", "services",
		"show", "sky", "smart", "social", "software", "solutions", "space", "spot", "storage", "store", "stream", "study", "style", "supply", "support", "surf",
		"systems", "tab", "target", "tax", "team", "tel", "test", "theater", "tips", "tires", "today", "tools", "top", "total", "tours", "trade",
		"training", "travel", "tube", "user", "vet", "video", "vision", "vote", "watch", "web", "win", "work", "works", "world", "you", "zero",
		"zip", "zone", "abc", "graphics", "example", "internal", "invalid", "lan", "localhost", "local", "localdomain", "intranet", "corp", "coin", "eth":
		return true
	}
	return false
}
