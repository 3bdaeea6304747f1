package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/topology"
)

// Edge is the two functions that meet every request, and the one store they answer from. The store holds nothing that
// the tables don't: the relay fills it again.
type Edge struct {
	gate  awscloudfront.Function // before the protected site
	api   awscloudfront.Function // before Foyer's own interface and sockets
	store awscloudfront.KeyValueStore
}

// NewEdge publishes both functions: JavaScript for CloudFront's runtime 2.0, at most 10 KB each.
func NewEdge(scope constructs.Construct, gate, api string) *Edge {
	inner := constructs.NewConstruct(scope, str("Edge"))
	store := awscloudfront.NewKeyValueStore(inner, str("Store"), &awscloudfront.KeyValueStoreProps{
		Comment: str("Foyer: what visitors may know of each zone; written by the relay only"),
	})
	publish := func(id, comment, text string) awscloudfront.Function {
		return awscloudfront.NewFunction(inner, str(id), &awscloudfront.FunctionProps{
			Comment: str(comment), Runtime: awscloudfront.FunctionRuntime_JS_2_0(),
			Code: awscloudfront.FunctionCode_FromInline(str(text)), KeyValueStore: store,
		})
	}
	return &Edge{
		gate:  publish("Gate", "Foyer: who may pass, who waits", gate),
		api:   publish("ApiGate", "Foyer: which calls there are, and a zone's status", api),
		store: store,
	}
}

// Resource returns what a function needs to write the store.
func (e *Edge) Resource() Resource {
	id := e.store.KeyValueStoreArn()
	return Resource{Sid: sid("edge-store"), Env: topology.EnvEdgeStore, Value: id, Arns: []*string{id}}
}

// beforeSite runs the gate on the viewer's request, before the cache is looked at.
func (e *Edge) beforeSite() *[]*awscloudfront.FunctionAssociation { return onRequest(e.gate) }

// beforeAPI does the same with the API's function.
func (e *Edge) beforeAPI() *[]*awscloudfront.FunctionAssociation { return onRequest(e.api) }

func onRequest(function awscloudfront.Function) *[]*awscloudfront.FunctionAssociation {
	return &[]*awscloudfront.FunctionAssociation{{
		EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST, Function: function,
	}}
}
