// Package secrets plays Secrets Manager: GetSecretValue, PutSecretValue, UpdateSecretVersionStage, DescribeSecret,
// RotateSecret, and the calls of a rotation's steps. It checks no signature and no permission. It plays no binary
// secrets, no deletion and no schedule of rotations.
package secrets

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"foyer/infra/local/aws"
)

// stageCurrent labels the version that is read when a request names none.
const stageCurrent = "AWSCURRENT"

// Service keeps secrets.
type Service struct {
	// Rotation starts the rotation of a secret, and returns whether it has one; nil: none has.
	Rotation func(id string) bool

	mu      sync.Mutex
	secrets map[string]*secret
}

// secret is every version of one secret.
type secret struct {
	values map[string]string    // by version
	made   map[string]time.Time // by version
	stages map[string]string    // label → version
	reads  int

	rotated time.Time // when its rotation last came to an end
}

// New returns a service without secrets.
func New() *Service { return &Service{secrets: map[string]*secret{}} }

// Get returns a secret's current value; empty when there is none.
func (s *Service) Get(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.secrets[id]; one != nil {
		return one.values[one.stages[stageCurrent]]
	}
	return ""
}

// Put makes a secret, or replaces its current value at once.
func (s *Service) Put(id, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secrets[id] == nil {
		s.secrets[id] = &secret{values: map[string]string{}, made: map[string]time.Time{}, stages: map[string]string{}}
	}
	s.secrets[id].put(aws.UUID(), value, nil)
}

// Reads returns how often functions have fetched the secret.
func (s *Service) Reads(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.secrets[id].reads
}

// Rotate calls the rotation function with each step in order, up to five times, as the service does.
func (s *Service) Rotate(ctx context.Context, id, function string, invoke aws.Invoke) error {
	version := aws.UUID()
	for _, step := range []string{"createSecret", "setSecret", "testSecret", "finishSecret"} {
		event, _ := json.Marshal(map[string]any{
			"Step": step, "SecretId": id, "ClientRequestToken": version, "RotationToken": nil,
		})
		var result []byte
		failure := "not called"
		for try := 0; failure != "" && try < 5; try++ {
			var err error
			if result, failure, err = invoke(ctx, function, event); err != nil {
				return fmt.Errorf("rotation of %s, %s: %w", id, step, err)
			}
		}
		if failure != "" {
			return fmt.Errorf("rotation of %s, %s: %s", id, step, result)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[id].rotated = time.Now()
	return nil
}

// put adds a version; without labels it becomes the current one. A version is never changed.
func (s *secret) put(version, value string, stages []string) bool {
	if old, there := s.values[version]; there && old != value {
		return false
	}
	if len(stages) == 0 {
		stages = []string{stageCurrent}
	}
	if _, there := s.values[version]; !there {
		s.made[version] = time.Now()
	}
	s.values[version] = value
	for _, stage := range stages {
		s.stages[stage] = version
	}
	return true
}

// find returns the version that a read asks for.
func (s *secret) find(version, stage string) (string, bool) {
	if version == "" || stage != "" {
		labelled := s.stages[cmp.Or(stage, stageCurrent)]
		if labelled == "" || version != "" && version != labelled {
			return "", false
		}
		version = labelled
	}
	_, ok := s.values[version]
	return version, ok
}

func (s *secret) labels(version string) (labels []string) {
	for stage, at := range s.stages {
		if at == version {
			labels = append(labels, stage)
		}
	}
	slices.Sort(labels)
	return labels
}

// request is the part of the requests that is understood.
type request struct {
	SecretId, SecretString, VersionId, VersionStage, ClientRequestToken, MoveToVersionId, RemoveFromVersionId string
	VersionStages                                                                                             []string
}

// ServeHTTP speaks the service's JSON 1.1 protocol.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in request
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&in) != nil {
		writeError(w, "InvalidRequestException", "the request is no JSON object")
		return
	}
	id := in.SecretId[strings.LastIndex(in.SecretId, ":")+1:] // an ARN's last part
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.secrets[id]
	if !ok {
		writeError(w, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
		return
	}
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "secretsmanager.")
	// A rotation isn't waited for.
	if operation == "RotateSecret" && (s.Rotation == nil || !s.Rotation(id)) {
		writeError(w, "InvalidRequestException", "no rotation function is associated with this secret")
		return
	}
	out, kind, text := one.call(operation, in)
	if kind != "" {
		writeError(w, kind, text)
		return
	}
	out["ARN"], out["Name"] = aws.ARN("secretsmanager", "secret:"+id), id
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	json.NewEncoder(w).Encode(out)
}

// call does one operation; kind is the error's name.
func (s *secret) call(operation string, in request) (out map[string]any, kind, text string) {
	switch operation {
	case "GetSecretValue":
		version, ok := s.find(in.VersionId, in.VersionStage)
		if !ok {
			return nil, "ResourceNotFoundException", "Secrets Manager can't find the specified secret value."
		}
		s.reads++
		out = map[string]any{
			"SecretString": s.values[version], "VersionId": version, "VersionStages": s.labels(version),
			"CreatedDate": seconds(s.made[version]),
		}
		return out, "", ""
	case "RotateSecret":
		return map[string]any{}, "", ""
	case "PutSecretValue":
		version := cmp.Or(in.ClientRequestToken, aws.UUID())
		if !s.put(version, in.SecretString, in.VersionStages) {
			return nil, "ResourceExistsException", "that version has another value"
		}
		return map[string]any{"VersionId": version, "VersionStages": s.labels(version)}, "", ""
	case "UpdateSecretVersionStage":
		if at := s.stages[in.VersionStage]; at != "" && in.MoveToVersionId != at && in.RemoveFromVersionId != at {
			return nil, "InvalidParameterException", "the label is on another version"
		}
		if in.MoveToVersionId == "" {
			delete(s.stages, in.VersionStage)
		} else if _, ok := s.values[in.MoveToVersionId]; ok {
			s.stages[in.VersionStage] = in.MoveToVersionId
		} else {
			return nil, "ResourceNotFoundException", "there is no such version"
		}
		return map[string]any{}, "", ""
	case "DescribeSecret":
		versions := map[string][]string{}
		for version := range s.values {
			versions[version] = s.labels(version)
		}
		out = map[string]any{"VersionIdsToStages": versions}
		if !s.rotated.IsZero() {
			out["LastRotatedDate"] = seconds(s.rotated)
		}
		return out, "", ""
	}
	return nil, "UnknownOperationException", "the local cloud doesn't play " + operation
}

// seconds writes a time as the protocol does.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// writeError answers an error as the JSON protocols do.
func writeError(w http.ResponseWriter, kind, text string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	json.NewEncoder(w).Encode(map[string]string{"__type": kind, "message": text})
}
