package deploy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	quotatypes "github.com/aws/aws-sdk-go-v2/service/servicequotas/types"
)

// quotaNames are the quotas of a plan as Service Quotas has them, by their codes where AWS documents these (in the
// quotas' pages of API Gateway and Lambda), otherwise by their names, and where they stand in the plan. API Gateway has
// none of open connections, and messages count among its requests.
var quotaNames = []struct {
	service, code, name string
	at                  int
}{
	{"apigateway", "L-9ED1E49A", "WebSocket new connections rate", 0},
	{"apigateway", "L-8A5B8E43", "Throttle rate", 1},
	{"lambda", "L-B99A9384", "Concurrent executions", 2},
	{"cloudfront", "", "Requests per second per distribution", 3},
}

// quotas compares what is applied with what the plan of the sale needs, and with what the stage's file says.
func (e *exam) quotas() {
	var out *servicequotas.ListServiceQuotasOutput
	var err error
	for i, q := range quotaNames {
		about, region := "quota of "+q.service, e.config.Region
		if q.service == "cloudfront" {
			region = "us-east-1" // the only one in which AWS answers for what isn't any Region's
		}
		if i == 0 || quotaNames[i-1].service != q.service { // one list has all of a service
			out, err = e.account.Quotas(e.app.Ctx, region, q.service)
		}
		if !e.ask(about, err) {
			continue
		}
		named := func(one quotatypes.ServiceQuota) bool {
			return aws.ToString(one.QuotaName) == q.name || q.code != "" && aws.ToString(one.QuotaCode) == q.code
		}
		if !slices.ContainsFunc(out.Quotas, named) {
			e.ask(about, fmt.Errorf("AWS lists none called %q", strings.TrimSpace(q.name+" "+q.code)))
		}
		for _, one := range out.Quotas {
			if !named(one) {
				continue
			}
			has := aws.ToFloat64(one.Value)
			if e.plan != nil {
				needs := e.plan.Quotas[q.at].Needs
				e.note(about, has >= needs, "Ask AWS for more in Service Quotas, two weeks ahead; else "+
					e.plan.Quotas[q.at].Else, "%s: %.0f is applied, the sale needs %.0f", q.name, has, needs)
			}
			if q.at == 1 {
				e.note(about, int(has) >= e.config.APIQuota, fmt.Sprintf("Write api-quota = %.0f into the stage's file", has),
					"%s: %.0f is applied, and the stage's file counts on %d", q.name, has, e.config.APIQuota)
			}
		}
	}
}

// Quotas returns the quotas of a service in a Region, all pages of them: what is applied and, where AWS keeps no
// applied value of a quota, its default.
func (c cloud) Quotas(ctx context.Context, region, service string) (*servicequotas.ListServiceQuotasOutput, error) {
	client := servicequotas.NewFromConfig(c.in(region))
	all := &servicequotas.ListServiceQuotasOutput{}
	applied := map[string]bool{}
	pages := servicequotas.NewListServiceQuotasPaginator(client,
		&servicequotas.ListServiceQuotasInput{ServiceCode: &service})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, q := range page.Quotas {
			applied[aws.ToString(q.QuotaCode)] = true
			all.Quotas = append(all.Quotas, q)
		}
	}
	defaults := servicequotas.NewListAWSDefaultServiceQuotasPaginator(client,
		&servicequotas.ListAWSDefaultServiceQuotasInput{ServiceCode: &service})
	for defaults.HasMorePages() {
		page, err := defaults.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, q := range page.Quotas {
			if !applied[aws.ToString(q.QuotaCode)] {
				all.Quotas = append(all.Quotas, q)
			}
		}
	}
	return all, nil
}
