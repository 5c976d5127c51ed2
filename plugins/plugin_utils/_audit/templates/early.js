// Before anything is drawn: that there are scripts, and which look was chosen the last time.
document.documentElement.classList.add("js");
try {
  const look = localStorage.getItem("whm-mail-look");
  if (look === "dark" || look === "light") document.documentElement.dataset.look = look;
} catch (error) { /* a file may have no storage; then the system's look is used */ }
