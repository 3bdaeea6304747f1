package order

import (
	"sync"

	"golang.org/x/net/idna"
)

// domains returns the UTS 46 lookup profile, held to the lengths and letters that mail servers take. It is made for the
// first address, not at every start.
var domains = sync.OnceValue(func() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.BidiRule(),
		idna.StrictDomainName(true), idna.CheckHyphens(true), idna.VerifyDNSLength(true))
})

// asciiDomain returns a domain as mail servers know it: each label in lower case and, where it isn't ASCII, in
// Punycode.
func asciiDomain(domain string) (string, error) {
	return domains().ToASCII(domain)
}
