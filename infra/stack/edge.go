package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/topology"
)

// Edge is the function that meets every request, and the store it answers from. The store holds nothing that the
// tables don't: the relay fills it again.
type Edge struct {
	Function awscloudfront.Function
	store    awscloudfront.KeyValueStore
}

// NewEdge publishes the gate: JavaScript for CloudFront's runtime 2.0, at most 10 KB.
func NewEdge(scope constructs.Construct, gate string) *Edge {
	inner := constructs.NewConstruct(scope, str("Edge"))
	store := awscloudfront.NewKeyValueStore(inner, str("Store"), &awscloudfront.KeyValueStoreProps{
		Comment: str("Foyer: what visitors may know of each zone; written by the relay only"),
	})
	function := awscloudfront.NewFunction(inner, str("Gate"), &awscloudfront.FunctionProps{
		Comment: str("Foyer: who may pass, who waits"), Runtime: awscloudfront.FunctionRuntime_JS_2_0(),
		Code: awscloudfront.FunctionCode_FromInline(str(gate)), KeyValueStore: store,
	})
	return &Edge{Function: function, store: store}
}

// Resource returns what a function needs to write the store.
func (e *Edge) Resource() Resource {
	id := e.store.KeyValueStoreArn()
	return Resource{Sid: sid("edge-store"), Env: topology.EnvEdgeStore, Value: id, Arns: []*string{id}}
}

// onRequest runs the gate on the viewer's request, before the cache is looked at.
func (e *Edge) onRequest() *[]*awscloudfront.FunctionAssociation {
	return &[]*awscloudfront.FunctionAssociation{{
		EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST, Function: e.Function,
	}}
}
