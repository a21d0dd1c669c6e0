"""Line lexers for highlighting: string → spans. Pure."""
