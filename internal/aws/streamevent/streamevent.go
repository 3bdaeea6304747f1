// Package streamevent gives changes read from a DynamoDB stream the form in which Lambda hands them to functions. It
// loses nothing: such a record equals one that Lambda has read.
package streamevent

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// Of returns the event of one change in the stream arn, attribute values in DynamoDB's own JSON.
func Of(r types.Record, region, arn string) map[string]any {
	d := r.Dynamodb
	change := map[string]any{
		"ApproximateCreationDateTime": float64(aws.ToTime(d.ApproximateCreationDateTime).Unix()),
		"SequenceNumber":              aws.ToString(d.SequenceNumber),
		"SizeBytes":                   float64(aws.ToInt64(d.SizeBytes)), "StreamViewType": string(d.StreamViewType),
	}
	images := map[string]map[string]types.AttributeValue{"Keys": d.Keys, "NewImage": d.NewImage, "OldImage": d.OldImage}
	for name, image := range images {
		if image != nil {
			change[name] = attributes(image)
		}
	}
	return map[string]any{
		"eventID": aws.ToString(r.EventID), "eventName": string(r.EventName), "eventVersion": "1.1",
		"eventSource": "aws:dynamodb", "awsRegion": region, "eventSourceARN": arn, "dynamodb": change,
	}
}

func attributes(image map[string]types.AttributeValue) map[string]any {
	out := map[string]any{}
	for name, value := range image {
		out[name] = attribute(value)
	}
	return out
}

func attribute(value types.AttributeValue) map[string]any {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": v.Value}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberNULL:
		return map[string]any{"NULL": v.Value}
	case *types.AttributeValueMemberM:
		return map[string]any{"M": attributes(v.Value)}
	case *types.AttributeValueMemberL:
		list := []any{}
		for _, member := range v.Value {
			list = append(list, attribute(member))
		}
		return map[string]any{"L": list}
	case *types.AttributeValueMemberSS:
		return map[string]any{"SS": v.Value}
	case *types.AttributeValueMemberNS:
		return map[string]any{"NS": v.Value}
	case *types.AttributeValueMemberBS:
		return map[string]any{"BS": v.Value}
	}
	return nil
}
