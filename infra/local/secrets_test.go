package local

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

func TestSecretsByTheRealSDK(t *testing.T) {
	s := NewSecrets()
	server := httptest.NewServer(s)
	defer server.Close()
	client := secretsmanager.New(secretsmanager.Options{
		Region: Region, BaseEndpoint: &server.URL, HTTPClient: server.Client(),
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	out, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String(TokenKeysID)})
	if err != nil {
		t.Fatal(err)
	}
	var keys struct {
		Keys []struct{ Kid, Key string }
		Seed string
	}
	if json.Unmarshal([]byte(*out.SecretString), &keys); len(keys.Keys) != 1 || len(keys.Keys[0].Key) != 43 || len(keys.Seed) != 43 {
		t.Errorf("token keys %s", *out.SecretString)
	}
	if *out.SecretString != s.Get(TokenKeysID) || s.Reads(TokenKeysID) != 1 || out.VersionStages[0] != "AWSCURRENT" {
		t.Errorf("%+v after %d reads", out, s.Reads(TokenKeysID))
	}
	arn := aws.String("arn:aws:secretsmanager:us-east-1:123456789012:secret:" + FrontDoorID)
	if _, err := client.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: arn, SecretString: aws.String("new")}); err != nil {
		t.Error(err)
	}
	if got := s.Get(FrontDoorID); got != "new" {
		t.Errorf("after a rotation %q", got)
	}
	_, err = client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("nothing")})
	if missing := new(types.ResourceNotFoundException); !errors.As(err, &missing) {
		t.Errorf("an unknown secret: %v", err)
	}
}
