package stack

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53targets"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/topology"
)

// DoorProps is everything behind the front door.
type DoorProps struct {
	Config   Config
	Edge     *Edge
	Pages    *Pages
	API      *API
	Socket   *Socket
	Secrets  *Secrets
	Firewall *string // ARN of the web ACL
}

// NewDoor makes the one distribution: page, API, socket and protected site at one origin. Behaviours are tried in
// the order they are added here.
func NewDoor(scope constructs.Construct, props DoorProps) awscloudfront.Distribution {
	inner := constructs.NewConstruct(scope, str("Door"))
	c := props.Config
	p := &awscloudfront.DistributionProps{
		Comment: str(c.Name()), WebAclId: props.Firewall,
		HttpVersion:     awscloudfront.HttpVersion_HTTP2_AND_3,
		DefaultBehavior: toProtected(inner, props),
	}
	if c.Origin == nil {
		p.DefaultRootObject = str("index.html") // of the sample page; a real site answers for itself
	}
	if c.Domain != "" {
		p.DomainNames = strs(c.Domain)
		p.MinimumProtocolVersion = awscloudfront.SecurityPolicyProtocol_TLS_V1_2_2021
		p.Certificate = awscertificatemanager.Certificate_FromCertificateArn(inner, str("Certificate"), str(c.CertARN))
	}
	door := awscloudfront.NewDistribution(inner, str("Distribution"), p)
	door.AddBehavior(str("/"+PagesPrefix+"/*"), props.Pages.origin(topology.OriginPages, ""), toPages())
	api, kept := props.behind(topology.OriginAPI, props.API.api.ApiId()), toKept(inner, props.Edge)
	for _, path := range []string{"map", "map/*", "sections", "sections/*"} {
		door.AddBehavior(str(topology.Prefix+"zones/*/"+path), api, kept)
	}
	door.AddBehavior(str(topology.Prefix+"*"), api, toFunctions(props.Edge))
	door.AddBehavior(str("/"+topology.SocketStage), props.behind(topology.OriginSocket, props.Socket.api.Ref()),
		toFunctions(props.Edge))
	if c.HostedID != "" {
		addRecords(inner, c, door)
	}
	return door
}

// behind is an API as an origin: CloudFront proves itself to it with the secret header. The secret is a reference
// that CloudFormation resolves when the slot changes; it is neither in the template nor in its parameters.
func (p DoorProps) behind(id string, api *string) awscloudfront.IOrigin {
	return awscloudfrontorigins.NewHttpOrigin(apiHost(api), &awscloudfrontorigins.HttpOriginProps{
		OriginId: str(id), ProtocolPolicy: awscloudfront.OriginProtocolPolicy_HTTPS_ONLY,
		OriginSslProtocols: &[]awscloudfront.OriginSslPolicy{awscloudfront.OriginSslPolicy_TLS_V1_2},
		CustomHeaders: &map[string]*string{
			topology.HeaderFrontDoor: p.Secrets.Door.SecretValueFromJson(str(p.Config.DoorSlot)).UnsafeUnwrap()},
	})
}

// toPages serves the static pages from the cache; their own Cache-Control says for how long.
func toPages() *awscloudfront.AddBehaviorOptions {
	return &awscloudfront.AddBehaviorOptions{
		ViewerProtocolPolicy: awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS, Compress: yes(),
		CachePolicy:           awscloudfront.CachePolicy_CACHING_OPTIMIZED(),
		ResponseHeadersPolicy: awscloudfront.ResponseHeadersPolicy_SECURITY_HEADERS(),
	}
}

// toFunctions passes everything on but the Host header, by which API Gateway distinguishes APIs, and caches nothing.
// The API's edge function answers the status itself, and passes on in a header which host the viewer called.
func toFunctions(e *Edge) *awscloudfront.AddBehaviorOptions {
	return &awscloudfront.AddBehaviorOptions{
		ViewerProtocolPolicy: awscloudfront.ViewerProtocolPolicy_HTTPS_ONLY,
		AllowedMethods:       awscloudfront.AllowedMethods_ALLOW_ALL(),
		CachePolicy:          awscloudfront.CachePolicy_CACHING_DISABLED(),
		OriginRequestPolicy:  awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(),
		FunctionAssociations: e.beforeAPI(),
	}
}

// toKept serves what everybody sees alike, seat maps and free seats: kept as long as the functions say, at most a
// minute, whatever cookies and query come along, so that a million open maps ask a section's state once a second.
func toKept(scope constructs.Construct, e *Edge) *awscloudfront.AddBehaviorOptions {
	policy := awscloudfront.NewCachePolicy(scope, str("MapCache"), &awscloudfront.CachePolicyProps{
		Comment: str("Foyer: the functions decide, for everybody alike"), MinTtl: seconds(0), DefaultTtl: seconds(0),
		MaxTtl: seconds(time.Minute), EnableAcceptEncodingBrotli: yes(), EnableAcceptEncodingGzip: yes(),
	})
	return &awscloudfront.AddBehaviorOptions{
		ViewerProtocolPolicy: awscloudfront.ViewerProtocolPolicy_HTTPS_ONLY, Compress: yes(),
		CachePolicy:          policy,
		FunctionAssociations: e.beforeAPI(),
	}
}

// toProtected lets the protected site decide what is cached: only what it marks so, and per cookie and query, so
// that nobody sees another's page. The gate runs before the cache is looked at, so a cached page is gated too. For
// the waiting room the gate selects the pages' origin and drops cookies and query, and all waiting browsers share
// one cached copy.
func toProtected(scope constructs.Construct, props DoorProps) *awscloudfront.BehaviorOptions {
	policy := awscloudfront.NewCachePolicy(scope, str("SiteCache"), &awscloudfront.CachePolicyProps{
		Comment: str("Foyer: the protected site decides"), MinTtl: seconds(0), DefaultTtl: seconds(0),
		MaxTtl:              awscdk.Duration_Days(num(365)),
		CookieBehavior:      awscloudfront.CacheCookieBehavior_All(),
		QueryStringBehavior: awscloudfront.CacheQueryStringBehavior_All(),
		HeaderBehavior:      awscloudfront.CacheHeaderBehavior_AllowList(str("Authorization"), str("Origin")),

		EnableAcceptEncodingBrotli: yes(), EnableAcceptEncodingGzip: yes(),
	})
	return &awscloudfront.BehaviorOptions{
		Origin:               protected(props.Config.Origin, props.Pages),
		ViewerProtocolPolicy: awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS, Compress: yes(),
		AllowedMethods:       awscloudfront.AllowedMethods_ALLOW_ALL(),
		CachePolicy:          policy,
		OriginRequestPolicy:  awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(),
		FunctionAssociations: props.Edge.beforeSite(),
	}
}

// addRecords points the domain at the distribution, for both kinds of address.
func addRecords(scope constructs.Construct, c Config, door awscloudfront.Distribution) {
	zone := awsroute53.HostedZone_FromHostedZoneAttributes(scope, str("HostedZone"), &awsroute53.HostedZoneAttributes{
		HostedZoneId: str(c.HostedID), ZoneName: str(c.Domain),
	})
	target := awsroute53.RecordTarget_FromAlias(awsroute53targets.NewCloudFrontTarget(door))
	awsroute53.NewARecord(scope, str("A"),
		&awsroute53.ARecordProps{Zone: zone, RecordName: str(c.Domain + "."), Target: target})
	awsroute53.NewAaaaRecord(scope, str("AAAA"),
		&awsroute53.AaaaRecordProps{Zone: zone, RecordName: str(c.Domain + "."), Target: target})
}
