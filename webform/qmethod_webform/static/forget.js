// Nothing of a sort stays in this tab once it was sent or left to somebody else, not even what was on its way when a page was closed.
for (const name of Object.keys(sessionStorage)) {
  if (name.startsWith("qmethod-waiting-")) sessionStorage.removeItem(name);
}
