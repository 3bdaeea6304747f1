package secrets

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	localaws "foyer/infra/local/aws"
)

// The secrets of these tests, by id.
const (
	tokenKeys = "foyer/token-keys"
	frontDoor = "foyer/front-door"
)

func newSecrets(t *testing.T) (*Service, *secretsmanager.Client) {
	s := New()
	s.Put(tokenKeys, "old")
	s.Put(frontDoor, "old")
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, secretsmanager.New(secretsmanager.Options{
		Region: localaws.Region, BaseEndpoint: &server.URL, HTTPClient: server.Client(),
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
}

func TestSecretsByTheRealSDK(t *testing.T) {
	s, client := newSecrets(t)
	out, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String(tokenKeys)})
	if err != nil {
		t.Fatal(err)
	}
	if *out.SecretString != s.Get(tokenKeys) || s.Reads(tokenKeys) != 1 || out.VersionStages[0] != "AWSCURRENT" {
		t.Errorf("%+v after %d reads", out, s.Reads(tokenKeys))
	}
	arn := aws.String("arn:aws:secretsmanager:us-east-1:123456789012:secret:" + frontDoor)
	if _, err := client.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: arn,
		SecretString: aws.String("new")}); err != nil {
		t.Error(err)
	}
	if got := s.Get(frontDoor); got != "new" {
		t.Errorf("after a rotation %q", got)
	}
	_, err = client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("nothing")})
	if missing := new(types.ResourceNotFoundException); !errors.As(err, &missing) {
		t.Errorf("an unknown secret: %v", err)
	}
}

// rotation does the steps as a rotation function does, by the real SDK, and fails once at each.
func rotation(client *secretsmanager.Client) localaws.Invoke {
	tried := map[string]bool{}
	return func(ctx context.Context, _ string, payload []byte) ([]byte, string, error) {
		var e struct{ Step, SecretId, ClientRequestToken string }
		json.Unmarshal(payload, &e)
		if !tried[e.Step] {
			tried[e.Step] = true
			return []byte("as told"), "Unhandled", nil
		}
		var err error
		switch e.Step {
		case "createSecret":
			_, err = client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
				SecretId: &e.SecretId, ClientRequestToken: &e.ClientRequestToken, SecretString: aws.String("next"),
				VersionStages: []string{"AWSPENDING"},
			})
		case "testSecret":
			_, err = client.GetSecretValue(
				ctx,
				&secretsmanager.GetSecretValueInput{
					SecretId:     &e.SecretId,
					VersionId:    &e.ClientRequestToken,
					VersionStage: aws.String("AWSPENDING"),
				},
			)
		case "finishSecret":
			var now *secretsmanager.GetSecretValueOutput
			if now, err = client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &e.SecretId}); err == nil &&
				*now.SecretString == "next" {
				err = errors.New("current before the last step")
			}
			if err == nil {
				_, err = client.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
					SecretId: &e.SecretId, VersionStage: aws.String("AWSCURRENT"), MoveToVersionId: &e.ClientRequestToken,
					RemoveFromVersionId: now.VersionId,
				})
			}
		}
		if err != nil {
			return []byte(err.Error()), "Unhandled", nil
		}
		return nil, "", nil
	}
}

func TestSecretsRotate(t *testing.T) {
	s, client := newSecrets(t)
	if err := s.Rotate(t.Context(), tokenKeys, "rotate", rotation(client)); err != nil {
		t.Fatal(err)
	}
	if got := s.Get(tokenKeys); got != "next" {
		t.Errorf("after the rotation %q", got)
	}
	always := func(context.Context, string, []byte) ([]byte, string, error) {
		return []byte("broken"), "Unhandled", nil
	}
	if err := s.Rotate(t.Context(), tokenKeys, "rotate", always); err == nil ||
		!strings.Contains(err.Error(), "createSecret: broken") {
		t.Errorf("a rotation that fails: %v", err)
	}
	_, err := client.GetSecretValue(
		t.Context(),
		&secretsmanager.GetSecretValueInput{SecretId: aws.String(tokenKeys), VersionStage: aws.String("AWSNEVER")},
	)
	if missing := new(types.ResourceNotFoundException); !errors.As(err, &missing) {
		t.Errorf("a label that isn't there: %v", err)
	}
}

// RotateSecret starts a rotation where there is one, and DescribeSecret says when the last one ended.
func TestARotationIsStartedByHand(t *testing.T) {
	s, client := newSecrets(t)
	ended := make(chan error, 1)
	s.Rotation = func(id string) bool {
		if id != tokenKeys {
			return false
		}
		go func() {
			ended <- s.Rotate(context.Background(), id, "rotate", func(context.Context, string, []byte) ([]byte, string, error) {
				return nil, "", nil
			})
		}()
		return true
	}
	rotate := func(id string) error {
		_, err := client.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{SecretId: &id})
		return err
	}
	if err := rotate(tokenKeys); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	out, err := client.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String(tokenKeys)})
	if err != nil || out.LastRotatedDate == nil {
		t.Errorf("%+v, %v", out, err)
	}
	var refused *types.InvalidRequestException
	if err := rotate(frontDoor); !errors.As(err, &refused) {
		t.Errorf("a secret without a rotation: %v", err)
	}
	got, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String(frontDoor)})
	if err != nil || got.CreatedDate == nil {
		t.Errorf("%+v, %v", got, err)
	}
}
