<?php // nothing
