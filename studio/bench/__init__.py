"""The benchmarks: this computer measured with whole shows on air, beside the ffmpeg command line in the same run."""
