"""Measurements that recipes share."""
