package dynroom

import "github.com/aws/aws-sdk-go-v2/aws"

// ScanBy makes a scan read n items at once, so that a small shard takes several reads.
func (q *Queue) ScanBy(n int32) *Queue {
	q.limit = aws.Int32(n)
	return q
}

// ReadBy makes a query read n pages at once.
func (l *Log) ReadBy(n int32) *Log {
	l.limit = aws.Int32(n)
	return l
}
