package deploy

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// AWS answers in two calls, of pages each: the values applied to the account, which some quotas haven't, and defaults.
func TestAQuotaWithoutAnAppliedValueHasItsDefault(t *testing.T) {
	pages := map[string]string{
		"ServiceQuotasV20190624.ListServiceQuotas":           `{"Quotas":[{"QuotaCode":"L-1","Value":5}],"NextToken":"more"}`,
		"ServiceQuotasV20190624.ListServiceQuotas more":      `{"Quotas":[{"QuotaCode":"L-2","Value":6}]}`,
		"ServiceQuotasV20190624.ListAWSDefaultServiceQuotas": `{"Quotas":[{"QuotaCode":"L-1","Value":1}],"NextToken":"more"}`,
		"ServiceQuotasV20190624.ListAWSDefaultServiceQuotas more": `{"Quotas":[{"QuotaCode":"L-3","Value":3},` +
			`{"QuotaCode":"L-2","Value":2}]}`,
	}
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := r.Header.Get("X-Amz-Target")
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), `"more"`) {
			call += " more"
		}
		if signed := r.Header.Get("Authorization"); !strings.Contains(signed, "/us-east-1/") {
			t.Errorf("%s: signed for another Region: %s", call, signed)
		}
		fmt.Fprint(w, pages[call])
	}))
	defer service.Close()
	account := cloud{aws.Config{Region: "eu-central-1", BaseEndpoint: &service.URL,
		Credentials: credentials.NewStaticCredentialsProvider("id", "key", "")}}
	out, err := account.Quotas(t.Context(), "us-east-1", "cloudfront")
	if err != nil {
		t.Fatal(err)
	}
	var has []string
	for _, q := range out.Quotas {
		has = append(has, fmt.Sprint(*q.QuotaCode, " ", *q.Value))
	}
	if got := strings.Join(has, ", "); got != "L-1 5, L-2 6, L-3 3" {
		t.Errorf("the quotas are %s", got)
	}
}
