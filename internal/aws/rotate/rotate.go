// Package rotate replaces the token keys so that no holder of a valid token is turned away.
//
// A key lives through three rotations: staged (the second of two, it only checks), signing (the first), and retired
// (the second again, it only checks) until the next one drops it. So when a key begins to sign, every edge and every
// function has known it for a whole rotation; and when it is dropped, what it signed last is as old. A rotation must
// therefore be further apart than a visitor token lives: 7 days. The edge signs visitors' tokens anew under the key
// that signs when it sees one of the retired key.
//
// The package must never log or return in an error what a secret holds.
package rotate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	sm "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"foyer/internal/room/token"
)

// The labels of a secret's versions.
const (
	current = "AWSCURRENT"
	pending = "AWSPENDING"
)

// API is the part of the SDK's client in use.
type API interface {
	GetSecretValue(context.Context, *sm.GetSecretValueInput, ...func(*sm.Options)) (*sm.GetSecretValueOutput, error)
	PutSecretValue(context.Context, *sm.PutSecretValueInput, ...func(*sm.Options)) (*sm.PutSecretValueOutput, error)
	UpdateSecretVersionStage(
		context.Context, *sm.UpdateSecretVersionStageInput, ...func(*sm.Options),
	) (*sm.UpdateSecretVersionStageOutput, error)
}

// Rotation answers Secrets Manager, which calls it step by step and repeats a step that failed. Every step may be
// repeated.
type Rotation struct {
	Secrets API
	ID      string // of the token keys; no other secret is touched
	Random  io.Reader
	// Publish writes the keys to the edge for every zone, and fails unless the edge has them all. It is called before they
	// are current, so that the edge knows a key before anything is signed with it.
	Publish func(ctx context.Context, keys *token.Keyring) error
}

// Handle does one step.
func (r Rotation) Handle(ctx context.Context, e events.SecretsManagerSecretRotationEvent) error {
	if e.SecretID != r.ID || e.ClientRequestToken == "" {
		return errors.New("rotate: this is not the secret with the token keys")
	}
	version := e.ClientRequestToken
	switch e.Step {
	case "createSecret":
		return r.create(ctx, version)
	case "setSecret":
		return r.publish(ctx, version)
	case "testSecret":
		_, err := r.keyring(ctx, version)
		return err
	case "finishSecret":
		return r.finish(ctx, version)
	}
	return fmt.Errorf("rotate: there is no step %q", e.Step)
}

// create writes the next keys as the pending version, unless an earlier attempt has.
func (r Rotation) create(ctx context.Context, version string) error {
	_, err := r.get(ctx, pending, version)
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		return err
	}
	now, err := r.get(ctx, current, "")
	if err != nil {
		return err
	}
	have, err := parse(aws.ToString(now.SecretString))
	if err != nil {
		return err
	}
	next, err := Next(have, r.Random)
	if err != nil {
		return err
	}
	text, err := json.Marshal(next)
	if err != nil {
		return err
	}
	_, err = r.Secrets.PutSecretValue(ctx, &sm.PutSecretValueInput{
		SecretId: &r.ID, ClientRequestToken: &version, SecretString: aws.String(string(text)),
		VersionStages: []string{pending},
	})
	return failed("write the pending keys", err)
}

func (r Rotation) publish(ctx context.Context, version string) error {
	keys, err := r.keyring(ctx, version)
	if err != nil {
		return err
	}
	return r.Publish(ctx, keys)
}

// keyring returns the pending keys, checked as every function will check them.
func (r Rotation) keyring(ctx context.Context, version string) (*token.Keyring, error) {
	out, err := r.get(ctx, pending, version)
	if err != nil {
		return nil, err
	}
	return token.ParseKeyring([]byte(aws.ToString(out.SecretString)))
}

// finish makes the pending version the current one.
func (r Rotation) finish(ctx context.Context, version string) error {
	now, err := r.get(ctx, current, "")
	if err != nil || aws.ToString(now.VersionId) == version {
		return err
	}
	_, err = r.Secrets.UpdateSecretVersionStage(ctx, &sm.UpdateSecretVersionStageInput{
		SecretId: &r.ID, VersionStage: aws.String(current), MoveToVersionId: &version, RemoveFromVersionId: now.VersionId,
	})
	return failed("make the keys current", err)
}

func (r Rotation) get(ctx context.Context, stage, version string) (*sm.GetSecretValueOutput, error) {
	in := &sm.GetSecretValueInput{SecretId: &r.ID, VersionStage: &stage}
	if version != "" {
		in.VersionId = &version
	}
	out, err := r.Secrets.GetSecretValue(ctx, in)
	return out, failed("read the "+stage+" keys", err)
}

func failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("rotate: %s: %w", doing, err)
}
