package bundle

import (
	"archive/zip"
	"io"
	"os"
)

// PackageLimit is the largest that a function's package may be, MB: what Lambda fetches before every cold start.
const PackageLimit = 8.0

// Packed is the size of a function's package: its binary in a zip of its own, MB.
func Packed(file string) (float64, error) {
	in, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	var size counter
	z := zip.NewWriter(&size)
	entry, err := z.Create("bootstrap")
	if err == nil {
		_, err = io.Copy(entry, in)
	}
	if err == nil {
		err = z.Close()
	}
	return float64(size) / 1e6, err
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }
