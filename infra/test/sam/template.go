package sam

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"foyer/infra/topology"
)

// Template is a synthesized template as plain values.
type Template struct {
	Resources map[string]Resource
	rest      map[string]json.RawMessage
}

// Resource is one resource of a template.
type Resource struct {
	Type       string
	Properties map[string]any `json:",omitempty"`
	DependsOn  any            `json:",omitempty"`
}

// ParseTemplate reads a template as CDK writes it.
func ParseTemplate(text []byte) (*Template, error) {
	t := &Template{}
	if err := json.Unmarshal(text, &t.rest); err != nil {
		return nil, fmt.Errorf("samtest: template: %w", err)
	}
	if err := json.Unmarshal(t.rest["Resources"], &t.Resources); err != nil {
		return nil, fmt.Errorf("samtest: template: %w", err)
	}
	return t, nil
}

// JSON is the template's text.
func (t *Template) JSON() ([]byte, error) {
	resources, err := json.Marshal(t.Resources)
	if err != nil {
		return nil, err
	}
	t.rest["Resources"] = resources
	return json.MarshalIndent(t.rest, "", " ")
}

// Function is the logical id of a function of the topology.
func (t *Template) Function(name string) (string, error) {
	prefix := "Function" + strings.ReplaceAll(name, "-", "") + "Lambda"
	for id, r := range t.Resources {
		if r.Type == "AWS::Lambda::Function" && strings.HasPrefix(id, prefix) {
			return id, nil
		}
	}
	return "", fmt.Errorf("samtest: the template has no function %s", name)
}

// Localize makes the template one that SAM can run on this machine: the code is where CDK put it under assets, built
// for this machine's processor; the functions get the variables by which the SDK finds services, and which SAM only
// sets when the template declares them. WebSocket resources go, since SAM can't play them and says so by crashing,
// and so do the functions that CDK brings for itself, whose runtimes aren't here.
func (t *Template) Localize(assets string) error {
	ours := map[string]bool{}
	for _, f := range topology.Functions {
		id, err := t.Function(f.Name)
		if err != nil {
			return err
		}
		ours[id] = true
		if err := localize(t.Resources[id].Properties, assets); err != nil {
			return fmt.Errorf("samtest: function %s: %w", f.Name, err)
		}
	}
	sockets := t.sockets()
	for id, r := range t.Resources {
		foreign := r.Type == "AWS::Lambda::Function" && !ours[id]
		socket := strings.HasPrefix(r.Type, "AWS::ApiGatewayV2::") && (sockets[id] || sockets[ref(r.Properties["ApiId"])])
		if foreign || socket || r.Type == "AWS::Lambda::LayerVersion" {
			delete(t.Resources, id)
		}
	}
	return nil
}

// sockets is the logical ids of the WebSocket APIs.
func (t *Template) sockets() map[string]bool {
	ids := map[string]bool{}
	for id, r := range t.Resources {
		if r.Type == "AWS::ApiGatewayV2::Api" && r.Properties["ProtocolType"] == "WEBSOCKET" {
			ids[id] = true
		}
	}
	return ids
}

// ref is the logical id that a value refers to; empty when it is no reference.
func ref(value any) string {
	m, _ := value.(map[string]any)
	id, _ := m["Ref"].(string)
	return id
}

// architectures is Lambda's names for what Go calls a processor.
var architectures = map[string]string{"amd64": "x86_64", "arm64": "arm64"}

func localize(properties map[string]any, assets string) error {
	code, _ := properties["Code"].(map[string]any)
	key, ok := code["S3Key"].(string)
	if !ok {
		return fmt.Errorf("its code is no asset: %v", properties["Code"])
	}
	properties["Code"] = filepath.Join(assets, "asset."+strings.TrimSuffix(key, ".zip"))
	properties["Architectures"] = []string{architectures[runtime.GOARCH]}
	environment, _ := properties["Environment"].(map[string]any)
	variables, ok := environment["Variables"].(map[string]any)
	if !ok {
		return fmt.Errorf("it has no environment")
	}
	for _, name := range endpointVariables {
		variables[name] = ""
	}
	return nil
}
