package stage

import (
	"slices"
	"strings"
)

// Regions that aren't like the others, as of November 2026: where Aurora DSQL, the ledger's database, isn't offered;
// and where an account has 2,500 requests a second of API Gateway, and not 10,000.
var (
	withoutLedger = strings.Fields("us-west-1 eu-central-2 eu-south-1 af-south-1 me-south-1")
	quarter       = strings.Fields("af-south-1 eu-south-1 ap-southeast-3 me-central-1 ap-south-2 ap-southeast-4 " +
		"eu-south-2 eu-central-2 il-central-1 ca-west-1 ap-southeast-5 ap-southeast-7 mx-central-1")
)

// HasLedger reports whether a Region has the ledger's database.
func HasLedger(region string) bool { return !slices.Contains(withoutLedger, region) }

// Reached reports whether Foyer's templates are for the Region's partition: not China's, and not the government's.
func Reached(region string) bool {
	return !strings.HasPrefix(region, "cn-") && !strings.HasPrefix(region, "us-gov-") && !strings.Contains(region, "-iso")
}

// RequestsPerSecond returns what all APIs of an account may take in a Region unless its quota is raised.
func RequestsPerSecond(region string) int {
	if slices.Contains(quarter, region) {
		return 2_500
	}
	return 10_000
}
