package stack

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53targets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"foyer/infra/stage"
	"foyer/infra/topology"
)

// DoorProps is everything behind the front door.
type DoorProps struct {
	Config   stage.Config
	Edge     *Edge
	Pages    *Pages
	API      *API
	Socket   *Socket
	Secrets  *Secrets
	Firewall *string // ARN of the web ACL
}

// NewDoor makes the one distribution, as the topology declares it: page, API, socket and protected site behind one
// name. Behaviours are tried in the order they are added here.
func NewDoor(scope constructs.Construct, props DoorProps) awscloudfront.Distribution {
	inner := constructs.NewConstruct(scope, str("Door"))
	c := props.Config
	d := &door{scope: inner, props: props, policies: map[string]awscloudfront.ICachePolicy{}}
	d.origins = map[string]awscloudfront.IOrigin{
		topology.OriginPages:     props.Pages.origin(topology.OriginPages, ""),
		topology.OriginAPI:       props.behind(topology.OriginAPI, props.API.api.ApiId()),
		topology.OriginSocket:    props.behind(topology.OriginSocket, props.Socket.api.Ref()),
		topology.OriginProtected: props.Pages.origin(topology.OriginProtected, "/"+PagesPrefix+"/hosted"),
	}
	if c.Origin != nil {
		d.origins[topology.OriginProtected] = props.protected(topology.OriginProtected, c.Origin)
	}
	for _, h := range c.Hosts {
		d.origins[h.Name] = props.protected(h.Name, h.Site)
	}
	behaviours := topology.Door(c.CalledBy(), c.HostNames()...)
	others, last := behaviours[:len(behaviours)-1], behaviours[len(behaviours)-1]
	p := &awscloudfront.DistributionProps{
		Comment: str(c.Name()), WebAclId: props.Firewall,
		HttpVersion:     awscloudfront.HttpVersion_HTTP2_AND_3,
		DefaultBehavior: d.fallback(last), ErrorResponses: errorResponses(),
	}
	if c.Logs {
		p.EnableLogging, p.LogBucket = yes(), logBucket(inner, c.Keep())
	}
	if c.Domain != "" {
		p.DomainNames = strs(append([]string{c.Domain}, c.HostNames()...)...)
		p.MinimumProtocolVersion = awscloudfront.SecurityPolicyProtocol_TLS_V1_2_2021
		p.Certificate = awscertificatemanager.Certificate_FromCertificateArn(inner, str("Certificate"), str(c.CertARN))
	}
	made := awscloudfront.NewDistribution(inner, str("Distribution"), p)
	for _, b := range others {
		made.AddBehavior(str(b.Path), d.origins[b.Origin], d.options(b))
	}
	if c.HostedID != "" {
		addRecords(inner, c, made)
	}
	return made
}

// logBucket is where CloudFront writes who asked for what, for as long as other logs are kept.
func logBucket(scope constructs.Construct, keep bool) awss3.Bucket {
	days := 7
	if keep {
		days = 90
	}
	bucket := awss3.NewBucket(scope, str("Logs"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), EnforceSSL: yes(),
		Encryption:      awss3.BucketEncryption_S3_MANAGED,
		ObjectOwnership: awss3.ObjectOwnership_OBJECT_WRITER, // CloudFront's logs want ACLs
		RemovalPolicy:   removal(keep),
		LifecycleRules:  &[]*awss3.LifecycleRule{{Expiration: awscdk.Duration_Days(num(days))}},
	})
	why := reason("AwsSolutions-S1", "It holds logs itself.")
	cdknag.NagSuppressions_AddResourceSuppressions(bucket, &why, nil)
	return bucket
}

// door turns behaviours of the topology into CloudFront's.
type door struct {
	scope    constructs.Construct
	props    DoorProps
	origins  map[string]awscloudfront.IOrigin
	policies map[string]awscloudfront.ICachePolicy // by the topology's names
	headers  awscloudfront.IResponseHeadersPolicy
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

// protected is a site behind the gate. It is told the scheme that viewers use, which CloudFront says to nobody.
func (p DoorProps) protected(id string, o *stage.Origin) awscloudfront.IOrigin {
	props := &awscloudfrontorigins.HttpOriginProps{
		OriginId: str(id), ProtocolPolicy: awscloudfront.OriginProtocolPolicy_HTTPS_ONLY,
		HttpsPort: num(o.Port), OriginSslProtocols: &[]awscloudfront.OriginSslPolicy{awscloudfront.OriginSslPolicy_TLS_V1_2},
		CustomHeaders: &map[string]*string{
			topology.HeaderForwardedProto: str("https"),
			topology.HeaderSite:           p.Secrets.Site.SecretValueFromJson(str(p.Config.SiteSlot)).UnsafeUnwrap(),
		},
		ReadTimeout: seconds(o.Timeout), ConnectionTimeout: seconds(o.Connect),
		KeepaliveTimeout: seconds(o.KeepAlive),
	}
	if !o.TLS {
		props.ProtocolPolicy, props.HttpsPort, props.HttpPort = awscloudfront.OriginProtocolPolicy_HTTP_ONLY, nil, num(o.Port)
	}
	if o.Path != "" {
		props.OriginPath = str(o.Path)
	}
	return awscloudfrontorigins.NewHttpOrigin(str(o.Host), props)
}

// errorResponses has errors forgotten as the topology says: one visitor's would be shown to others.
func errorResponses() *[]*awscloudfront.ErrorResponse {
	var all []*awscloudfront.ErrorResponse
	for _, status := range slices.Sorted(maps.Keys(topology.ErrorTTLs)) {
		all = append(all, &awscloudfront.ErrorResponse{HttpStatus: num(status), Ttl: seconds(topology.ErrorTTLs[status])})
	}
	return &all
}

// options returns a behaviour's settings. A function that answers an API's path passes on in a header which host the
// viewer called, since API Gateway distinguishes APIs by theirs.
func (d *door) options(b topology.Behaviour) *awscloudfront.AddBehaviorOptions {
	o := &awscloudfront.AddBehaviorOptions{
		ViewerProtocolPolicy: awscloudfront.ViewerProtocolPolicy_HTTPS_ONLY, CachePolicy: d.cache(b.Cache),
		AllowedMethods: awscloudfront.AllowedMethods_ALLOW_GET_HEAD(),
	}
	if b.Redirect {
		o.ViewerProtocolPolicy = awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS
	}
	if b.Writes {
		o.AllowedMethods = awscloudfront.AllowedMethods_ALLOW_ALL()
	}
	if b.Cache.MaxTTL > 0 {
		o.Compress = yes()
	}
	if b.Secured {
		o.ResponseHeadersPolicy = d.secured()
	}
	switch b.Forward {
	case topology.ForwardButHost:
		o.OriginRequestPolicy = awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER()
	case topology.ForwardEverything:
		o.OriginRequestPolicy = awscloudfront.OriginRequestPolicy_ALL_VIEWER()
	}
	if functions := d.props.Edge.functions(b); len(functions) > 0 {
		o.FunctionAssociations = &functions
	}
	return o
}

// fallback returns the settings of the behaviour that fits every path.
func (d *door) fallback(b topology.Behaviour) *awscloudfront.BehaviorOptions {
	o := d.options(b)
	return &awscloudfront.BehaviorOptions{
		Origin: d.origins[b.Origin], ViewerProtocolPolicy: o.ViewerProtocolPolicy, Compress: o.Compress,
		AllowedMethods: o.AllowedMethods, CachePolicy: o.CachePolicy, OriginRequestPolicy: o.OriginRequestPolicy,
		ResponseHeadersPolicy: o.ResponseHeadersPolicy, FunctionAssociations: o.FunctionAssociations,
	}
}

// cache returns AWS's policy of the name, or makes ours.
func (d *door) cache(p topology.CachePolicy) awscloudfront.ICachePolicy {
	switch p.Managed {
	case "Managed-CachingDisabled":
		return awscloudfront.CachePolicy_CACHING_DISABLED()
	case "Managed-CachingOptimized":
		return awscloudfront.CachePolicy_CACHING_OPTIMIZED()
	}
	if made := d.policies[p.Name]; made != nil {
		return made
	}
	props := &awscloudfront.CachePolicyProps{
		Comment: str(p.Comment), MinTtl: seconds(p.MinTTL), DefaultTtl: seconds(p.DefaultTTL), MaxTtl: seconds(p.MaxTTL),
		EnableAcceptEncodingBrotli: yes(), EnableAcceptEncodingGzip: yes(),
	}
	if p.Cookies {
		props.CookieBehavior = awscloudfront.CacheCookieBehavior_All()
	}
	if p.Query {
		props.QueryStringBehavior = awscloudfront.CacheQueryStringBehavior_All()
	}
	if len(p.Headers) > 0 {
		props.HeaderBehavior = awscloudfront.CacheHeaderBehavior_AllowList(*strs(p.Headers...)...)
	}
	d.policies[p.Name] = awscloudfront.NewCachePolicy(d.scope, str(p.Name), props)
	return d.policies[p.Name]
}

// secured makes the policy that adds topology.SecurityHeaders.
func (d *door) secured() awscloudfront.IResponseHeadersPolicy {
	if d.headers == nil {
		h := topology.SecurityHeaders
		d.headers = awscloudfront.NewResponseHeadersPolicy(d.scope, str("PageHeaders"),
			&awscloudfront.ResponseHeadersPolicyProps{
				Comment: str("Foyer: its own pages, which no other site may show within its own"),
				SecurityHeadersBehavior: &awscloudfront.ResponseSecurityHeadersBehavior{
					ContentSecurityPolicy: &awscloudfront.ResponseHeadersContentSecurityPolicy{
						ContentSecurityPolicy: str(h["content-security-policy"]), Override: yes()},
					ContentTypeOptions: &awscloudfront.ResponseHeadersContentTypeOptions{Override: yes()},
					FrameOptions: &awscloudfront.ResponseHeadersFrameOptions{
						FrameOption: awscloudfront.HeadersFrameOption(h["x-frame-options"]), Override: yes()},
					ReferrerPolicy: &awscloudfront.ResponseHeadersReferrerPolicy{
						ReferrerPolicy: awscloudfront.HeadersReferrerPolicy_STRICT_ORIGIN_WHEN_CROSS_ORIGIN, Override: yes()},
					StrictTransportSecurity: &awscloudfront.ResponseHeadersStrictTransportSecurity{
						AccessControlMaxAge: awscdk.Duration_Days(num(365)), Override: yes()},
				},
			})
	}
	return d.headers
}

// addRecords points the domain at the distribution, for both kinds of address.
func addRecords(scope constructs.Construct, c stage.Config, door awscloudfront.Distribution) {
	zone := awsroute53.HostedZone_FromHostedZoneAttributes(scope, str("HostedZone"), &awsroute53.HostedZoneAttributes{
		HostedZoneId: str(c.HostedID), ZoneName: str(c.Domain),
	})
	target := awsroute53.RecordTarget_FromAlias(awsroute53targets.NewCloudFrontTarget(door))
	awsroute53.NewARecord(scope, str("A"),
		&awsroute53.ARecordProps{Zone: zone, RecordName: str(c.Domain + "."), Target: target})
	awsroute53.NewAaaaRecord(scope, str("AAAA"),
		&awsroute53.AaaaRecordProps{Zone: zone, RecordName: str(c.Domain + "."), Target: target})
}
