"""The platforms that a destination may name, and the servers that take their pushes."""

from __future__ import annotations

# The address of each platform's usual server, without a key. Empty: the platform gives every show its own address.
SERVERS = {
    "youtube": "rtmps://a.rtmps.youtube.com:443/live2",
    "facebook": "rtmps://rtmp-api.facebook.com:443/rtmp",
    "instagram": "rtmps://live-upload.instagram.com:443/rtmp",
    "twitch": "rtmps://ingest.global-contribute.live-video.net/app",
    "bilibili": "rtmp://live-push.bilivideo.com/live-bvc",
    "kuaishou": "rtmp://open-push.voip.yximgs.com/gifshow",
    "cloudflare": "rtmps://live.cloudflare.com:443/live",
    "aliexpress": "",
    "amazon": "",
    "douyin": "",
    "lazada": "",
    "shopee": "",
    "taobao": "",
    "tiktok": "",
    "vk": "",
    "wechat": "",
    "x": "",
}
