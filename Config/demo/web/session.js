// Keeps the token of the person who is signed in. Session storage ends with the tab, so a shared computer forgets it.
const KEY = "shop-token";

export function signIn(token) {
  sessionStorage.setItem(KEY, token);
}

export function signOut() {
  sessionStorage.removeItem(KEY);
}

// Every request to the gateway goes through here, so that no page forgets the token.
export async function call(path, options = {}) {
  const token = sessionStorage.getItem(KEY);
  const headers = { ...options.headers, ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const response = await fetch(path, { ...options, headers });
  if (response.status === 401) {
    signOut();
    location.href = "/login.html";
  }
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}
