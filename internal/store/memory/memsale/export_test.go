package memsale

// Note returns the note of finished work.
func (o *Once) Note(work string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.work[work].note
}
