package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/topology"
)

// Edge is the functions that meet every request, and the one store they answer from. The store holds nothing that
// the tables don't: the relay fills it again.
type Edge struct {
	gate  awscloudfront.Function // before the protected site
	api   awscloudfront.Function // before Foyer's own interface and sockets
	back  awscloudfront.Function // on answers at the site's addresses
	store awscloudfront.KeyValueStore
}

// NewEdge publishes the functions: JavaScript for CloudFront's runtime 2.0, at most 10 KB each.
func NewEdge(scope constructs.Construct, parts Parts) *Edge {
	inner := constructs.NewConstruct(scope, str("Edge"))
	store := awscloudfront.NewKeyValueStore(inner, str("Store"), &awscloudfront.KeyValueStoreProps{
		Comment: str("Foyer: what visitors may know of each zone; written by the relay only"),
	})
	publish := func(id, comment, text string, store awscloudfront.KeyValueStore) awscloudfront.Function {
		return awscloudfront.NewFunction(inner, str(id), &awscloudfront.FunctionProps{
			Comment: str(comment), Runtime: awscloudfront.FunctionRuntime_JS_2_0(),
			Code: awscloudfront.FunctionCode_FromInline(str(text)), KeyValueStore: store,
		})
	}
	return &Edge{
		gate:  publish("Gate", "Foyer: who may pass, who waits", parts.Gate, store),
		api:   publish("ApiGate", "Foyer: which calls there are, and a zone's status", parts.API, store),
		back:  publish("Back", "Foyer: the site's redirects stay in front", parts.Back, nil),
		store: store,
	}
}

// Resource returns what a function needs to write the store.
func (e *Edge) Resource() Resource {
	id := e.store.KeyValueStoreArn()
	return Resource{Sid: sid("edge-store"), Env: topology.EnvEdgeStore, Value: id, Arns: []*string{id}}
}

// functions returns those that run before and after a behaviour. The first runs before the cache is looked at.
func (e *Edge) functions(b topology.Behaviour) (all []*awscloudfront.FunctionAssociation) {
	before := map[topology.EdgeFunction]awscloudfront.Function{topology.EdgeGate: e.gate, topology.EdgeAPI: e.api}
	if f := before[b.Before]; f != nil {
		all = append(all, &awscloudfront.FunctionAssociation{
			EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST, Function: f,
		})
	}
	if b.Back {
		all = append(all, &awscloudfront.FunctionAssociation{
			EventType: awscloudfront.FunctionEventType_VIEWER_RESPONSE, Function: e.back,
		})
	}
	return all
}
