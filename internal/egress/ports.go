package egress

// badPorts are the ports that no feed or web hook is served on but where one line of an HTTP
// request can do harm: the URL and Fetch standards' list (https://fetch.spec.whatwg.org/#port-blocking)
// and the usual data stores, brokers and control planes.
var badPorts = [...]uint16{
	1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111,
	113, 115, 117, 119, 123, 135, 137, 138, 139, 143, 161, 162, 179, 389, 427, 445, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540,
	548, 554, 556, 563, 587, 601, 623, 636, 873, 989, 990, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380,
	3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5900, 5985, 5986, 6000, 6379, 6380, 6443, 6566, 6665, 6666, 6667, 6668,
	6669, 6679, 6697, 9092, 10080, 10250, 11211, 27017, 50000,
}

func badPort(port uint64) bool {
	for _, p := range badPorts {
		if uint64(p) == port {
			return true
		}
	}
	return false
}
