// A value in a browser store that only the bearer of a secret can read: it is encrypted under it.

export function vault(store, name, secret) {
  const key = async () => {
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret));
    return crypto.subtle.importKey('raw', hash, 'AES-GCM', false, ['encrypt', 'decrypt']);
  };
  return {
    async get() {
      try {
        const { iv, data } = store.get(name);
        const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes(iv) }, await key(), bytes(data));
        return JSON.parse(new TextDecoder().decode(plain));
      } catch {
        return null; // nothing, or another secret's
      }
    },
    async set(value) {
      try {
        const iv = crypto.getRandomValues(new Uint8Array(12));
        const plain = new TextEncoder().encode(JSON.stringify(value));
        store.set(name, { iv: text(iv), data: text(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await key(), plain)) });
      } catch {
        /* no secure context: forgotten */
      }
    },
    forget() {
      store.set(name, null);
    },
  };
}

const text = (buffer) => btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(''));
const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
