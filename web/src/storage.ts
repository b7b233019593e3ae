// Where GraphiQL keeps what it remembers between visits.

interface TabState {
  tabs: { query: string | null; variables: string | null }[];
  activeTabIndex: number;
}

type Storage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem" | "clear" | "length">;

// What is open in the editors belongs to one set of examples; theme, layout and history belong to the person.
const OF_ONE_SET = new Set(["tabState", "query", "variables", "headers", "operationName"].map((name) => `graphiql:${name}`));
const PREFIX = "predictql:";
const RECENT = `${PREFIX}recent`;
const KEPT_SETS = 5;
// How much higher the editor of the query is than that of the variables, where nobody has moved the bar between them.
const INITIALLY = new Map([["graphiql:secondaryEditorFlex", "1.3"]]);

/**
 * GraphiQL's storage, with the open tabs kept apart for each set of examples: a server that was started with other
 * models opens their tabs, and one that comes back finds its own again. The tabs of the last few sets are kept.
 */
export function storageFor(digest: string): Storage {
  const store = browserStorage();
  forgetOldSets(store, digest);
  const keyOf = (key: string): string => (OF_ONE_SET.has(key) ? `${PREFIX}${digest}:${key}` : key);
  return {
    getItem: (key) => store.getItem(keyOf(key)) ?? INITIALLY.get(key) ?? null,
    setItem: (key, value) => store.setItem(keyOf(key), value),
    removeItem: (key) => store.removeItem(keyOf(key)),
    clear: () => {
      for (const key of keysOf(store)) {
        if (key.startsWith("graphiql:") || key.startsWith(`${PREFIX}${digest}:`)) {
          store.removeItem(key);
        }
      }
    },
    get length() {
      return store.length;
    },
  };
}

/** The text that the editors held when this page was last left, or undefined on a first visit. */
export function lastOpen(storage: Storage): { query: string; variables: string } | undefined {
  try {
    const { tabs, activeTabIndex } = JSON.parse(storage.getItem("graphiql:tabState") ?? "") as TabState;
    const tab = tabs[activeTabIndex];
    return tab && { query: tab.query ?? "", variables: tab.variables ?? "" };
  } catch {
    // Nothing there, or not what GraphiQL wrote: it starts afresh too.
    return undefined;
  }
}

function forgetOldSets(store: globalThis.Storage, digest: string): void {
  const before = (store.getItem(RECENT) ?? "").split(" ").filter((known) => known !== "" && known !== digest);
  const recent = [digest, ...before].slice(0, KEPT_SETS);
  for (const key of keysOf(store)) {
    const owner = key.startsWith(PREFIX) && key !== RECENT ? key.slice(PREFIX.length).split(":", 1)[0] : undefined;
    if (owner !== undefined && !recent.includes(owner)) {
      store.removeItem(key);
    }
  }
  try {
    store.setItem(RECENT, recent.join(" "));
  } catch {
    // A full store: GraphiQL works on and remembers nothing new.
  }
}

function keysOf(store: globalThis.Storage): string[] {
  return Array.from({ length: store.length }, (_, index) => store.key(index)).filter((key) => key !== null);
}

function browserStorage(): globalThis.Storage {
  try {
    return window.localStorage;
  } catch {
    // The browser forbids this site to store anything.
    return new ForgetfulStorage();
  }
}

/** Remembers until the page is left. */
class ForgetfulStorage implements globalThis.Storage {
  [name: string]: unknown;
  readonly #items = new Map<string, string>();

  get length(): number {
    return this.#items.size;
  }

  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }

  removeItem(key: string): void {
    this.#items.delete(key);
  }

  clear(): void {
    this.#items.clear();
  }
}
