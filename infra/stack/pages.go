package stack

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3deployment"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/site"
	"foyer/infra/topology"
)

// PagesPrefix is the pages' folder in the bucket: the path they are served at, so that nothing rewrites it.
const PagesPrefix = "foyer/site"

// upload is a class of files that are served with the same Cache-Control. The assets' names change with their content:
// those of the last version stay in the bucket, because pages loaded before an update still ask for them. Pages come
// last, since a page may be seen only once the assets that it names are there; those of the waiting room after the
// others, because their mark is another one.
type upload struct{ id, only, but, mark, example string }

var uploads = []upload{
	{id: "Assets", only: "assets/*", example: "assets/any.js"},
	{id: "Scripts", only: "*", but: "assets/* *.html", example: "any.js"},
	{id: "Html", only: "*.html", mark: topology.PageOfOurs, example: "any.html"},
	{id: "Room", only: strings.Join(topology.RoomPages, "* ") + "*", mark: topology.PageOfRoom, example: "any.html"},
}

// Pages is the private bucket of static pages, readable by the distribution only.
type Pages struct{ bucket awss3.Bucket }

// NewPages uploads a folder of built pages. The pages are made from the code, so the bucket goes with the stack in
// both stages.
func NewPages(scope constructs.Construct, folder string, keep bool) *Pages {
	inner := constructs.NewConstruct(scope, str("Pages"))
	bucket := awss3.NewBucket(inner, str("Bucket"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), EnforceSSL: yes(),
		Encryption:      awss3.BucketEncryption_S3_MANAGED,
		ObjectOwnership: awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		RemovalPolicy:   awscdk.RemovalPolicy_DESTROY, AutoDeleteObjects: yes(),
	})
	logs := awslogs.NewLogGroup(inner, str("UploadLogs"), &awslogs.LogGroupProps{
		Retention: retention(keep), RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	var before constructs.IConstruct
	for _, u := range uploads {
		d := newUpload(inner, u, folder, bucket, logs)
		if before != nil {
			d.Node().AddDependency(before)
		}
		before = d
	}
	return &Pages{bucket: bucket}
}

func newUpload(scope constructs.Construct, u upload, folder string, bucket awss3.Bucket,
	logs awslogs.ILogGroup) constructs.Construct {
	p := &awss3deployment.BucketDeploymentProps{
		Sources:           &[]awss3deployment.ISource{awss3deployment.Source_Asset(str(folder), nil)},
		DestinationBucket: bucket, DestinationKeyPrefix: str(PagesPrefix), LogGroup: logs, Prune: flag(false),
		CacheControl: &[]awss3deployment.CacheControl{
			awss3deployment.CacheControl_FromString(str(site.CacheControl(u.example)))},
	}
	if u.mark != "" {
		p.Metadata = &map[string]*string{strings.TrimPrefix(topology.HeaderPage, "x-amz-meta-"): str(u.mark)}
	}
	if u.only != "*" {
		p.Exclude, p.Include = strs("*"), strs(strings.Fields(u.only)...)
	} else {
		p.Exclude = strs(strings.Fields(u.but)...)
	}
	return awss3deployment.NewBucketDeployment(scope, str(u.id), p)
}

// origin is the bucket as the distribution sees it; path is a folder in it, "" or "/…".
func (p *Pages) origin(id, path string) awscloudfront.IOrigin {
	props := &awscloudfrontorigins.S3BucketOriginWithOACProps{OriginId: str(id)}
	if path != "" {
		props.OriginPath = str(path)
	}
	return awscloudfrontorigins.S3BucketOrigin_WithOriginAccessControl(p.bucket, props)
}
