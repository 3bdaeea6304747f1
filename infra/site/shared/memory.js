// A browser store that never throws: private windows and full disks only forget.

export function memory(open) {
  let store;
  try {
    store = open();
  } catch {
    /* blocked */
  }
  return {
    get(name) {
      try {
        return JSON.parse(store.getItem(name));
      } catch {
        return null;
      }
    },
    set(name, value) {
      try {
        store.setItem(name, JSON.stringify(value));
      } catch {
        /* forgotten */
      }
    },
  };
}
