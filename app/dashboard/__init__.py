"""The dashboard: pages of a session and of a whole run, served by Streamlit on this machine."""
