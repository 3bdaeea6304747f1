package cli

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// Vault keeps one secret's text.
type Vault interface {
	Get(ctx context.Context) (string, error)
	Put(ctx context.Context, text string) error
}

// sealed is a secret in Secrets Manager.
type sealed struct {
	client *secretsmanager.Client
	id     string
}

func (s sealed) Get(ctx context.Context) (string, error) {
	out, err := s.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &s.id})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.SecretString), nil
}

func (s sealed) Put(ctx context.Context, text string) error {
	_, err := s.client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &s.id, SecretString: &text})
	return err
}

// Door returns the front door's secret, and its slot that CloudFront sends.
func (c *Cloud) Door() (Vault, string, error) {
	if err := named(c.Names.Door, "door", "FRONT_DOOR_SECRET"); err != nil {
		return nil, "", err
	}
	cfg, err := c.configure()
	return sealed{secretsmanager.NewFromConfig(cfg), c.Names.Door}, c.Names.Slot, err
}

// Site returns the protected site's secret, and its slot that CloudFront sends.
func (c *Cloud) Site() (Vault, string, error) {
	if err := named(c.Names.Site, "site", "SITE_SECRET"); err != nil {
		return nil, "", err
	}
	cfg, err := c.configure()
	return sealed{secretsmanager.NewFromConfig(cfg), c.Names.Site}, c.Names.SiteSlot, err
}
