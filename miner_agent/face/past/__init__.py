"""Questions of the log: what is asked, and the thread in which they are answered."""
