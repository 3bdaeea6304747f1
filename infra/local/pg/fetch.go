package pg

import (
	"archive/tar"
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/ulikunitz/xz"

	"foyer/infra/local/maven"
)

// Version is the version of PostgreSQL that is fetched: the major version that Aurora DSQL speaks.
const Version = "16.9.0"

// program returns what Maven fetches. Root keeps it where the user without rights can read it.
func (o Options) program(who *identity) (*maven.Program, error) {
	if o.CacheDir == "" {
		cache, err := "/var/cache", error(nil)
		if who == nil {
			cache, err = os.UserCacheDir()
		}
		if err != nil {
			return nil, fmt.Errorf("no cache folder for PostgreSQL: set HOME or XDG_CACHE_HOME (%w)", err)
		}
		o.CacheDir = filepath.Join(cache, "foyer", "postgres-"+Version)
	}
	arch := runtime.GOARCH
	if arch == "arm64" {
		arch = "arm64v8"
	}
	artifact := fmt.Sprintf("io.zonky.test.postgres:embedded-postgres-binaries-%s-%s:%s", runtime.GOOS, arch, Version)
	return &maven.Program{
		Name: "PostgreSQL " + Version, Size: "15 MB", Folder: filepath.Join(o.CacheDir, "program"), Progress: o.Progress,
		Goal:   []string{"org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy", "-Dartifact=" + artifact},
		Unpack: unpack,
	}, nil
}

// unpack unpacks the archive in the one jar that was fetched.
func unpack(fetched, folder string) error {
	jars, _ := filepath.Glob(filepath.Join(fetched, "*.jar"))
	if len(jars) != 1 {
		return fmt.Errorf("%d jars were fetched, not one", len(jars))
	}
	jar, err := zip.OpenReader(jars[0])
	if err != nil {
		return err
	}
	defer jar.Close()
	for _, f := range jar.File {
		if filepath.Ext(f.Name) != ".txz" {
			continue
		}
		archive, err := f.Open()
		if err != nil {
			return err
		}
		defer archive.Close()
		plain, err := xz.NewReader(archive)
		if err != nil {
			return err
		}
		return untar(plain, folder)
	}
	return errors.New("no archive is in the jar")
}

// untar writes an archive's files, and nothing outside of the folder.
func untar(archive io.Reader, folder string) error {
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	for files := tar.NewReader(archive); ; {
		h, err := files.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = root.MkdirAll(filepath.Dir(h.Name), 0o755)
		}
		switch {
		case err != nil:
		case h.Typeflag == tar.TypeDir:
			err = root.MkdirAll(h.Name, 0o755)
		case h.Typeflag == tar.TypeSymlink:
			err = root.Symlink(h.Linkname, h.Name)
		case h.Typeflag == tar.TypeReg:
			err = write(root, h.Name, h.FileInfo().Mode().Perm(), files)
		}
		if err != nil {
			return err
		}
	}
}

func write(root *os.Root, name string, mode os.FileMode, content io.Reader) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}
