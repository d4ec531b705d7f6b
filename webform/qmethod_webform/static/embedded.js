// In a frame the page around it is told that the sort was sent, and nothing else. Which sites may be around it the server has said to the browser.
const { study } = document.querySelector("script[data-study]").dataset;
if (window.parent !== window) window.parent.postMessage({ qmethod: "sent", study }, "*");
